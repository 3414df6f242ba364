#!/usr/bin/env python3
"""Times OpenVINO GenAI on a model, and prints what bench/compare.py reads: one JSON object.

  python bench/openvino_bench.py -m MODEL.gguf -p 512 -n 64 -t 2

Run it with a Python that has the package openvino-genai. The model is a folder that OpenVINO's own tools have made, or a GGUF
file, which it reads too. A run with a short prompt comes first and does not count.
"""

import argparse
import json
import statistics

import numpy
import openvino
import openvino_genai


def measure(pipeline, tokens, generated):
    """Tokens a second of the prompt, up to the first token out, and of each one after that (None if there is none)."""
    config = openvino_genai.GenerationConfig()
    config.max_new_tokens = generated
    config.ignore_eos = True
    config.do_sample = False
    metrics = pipeline.generate(openvino.Tensor(tokens), config).perf_metrics
    prompt = tokens.size * 1000 / metrics.get_ttft().mean
    return prompt, 1000 / metrics.get_tpot().mean if generated > 1 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("-p", "--prompt", type=int, default=512)
    parser.add_argument("-n", "--generate", type=int, default=64, help="tokens after the first one")
    parser.add_argument("-d", "--depth", type=int, default=0, help="tokens before; then only generating is timed")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-r", "--repetitions", type=int, default=1)
    args = parser.parse_args()
    pipeline = openvino_genai.LLMPipeline(args.model, "CPU", INFERENCE_NUM_THREADS=args.threads)
    tokens = numpy.random.default_rng(1).integers(0, 1000, size=(1, args.depth + args.prompt), dtype=numpy.int64)
    measure(pipeline, tokens[:, :32], 3)
    runs = [measure(pipeline, tokens, args.generate + 1) for _ in range(args.repetitions)]
    decode = [run[1] for run in runs if run[1] is not None]
    print(json.dumps({"prompt_tps": None if args.depth else statistics.median(run[0] for run in runs),
                      "decode_tps": statistics.median(decode) if decode else None}))


if __name__ == "__main__":
    main()
