#!/usr/bin/env python3
"""Times Reckon beside other engines on the same machine, in turn, and prints medians, ranges and ratios.

Shared machines change speed from minute to minute, so a figure alone says little: every round runs each engine once, one
after the other, and the ratio is that of the medians over all rounds.

  python bench/compare.py --reckon "q4=MODEL_FOLDER" --llama-bench "llama.cpp Q4_0=llama-bench:MODEL-q4_0.gguf"

--reckon WEIGHTS=MODEL runs reckon-bench; --llama-bench NAME=PROGRAM:MODEL runs a llama-bench (of llama.cpp or one of its
relatives); --openvino NAME=PYTHON:MODEL runs OpenVINO GenAI in a Python that has it (bench/openvino_bench.py). All may be
repeated. Without --llama-bench, a llama-bench found on PATH is used with --gguf. Standard library only.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command):
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if finished.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed with {finished.returncode}: {finished.stderr.strip()[-500:]}")
    return finished.stdout


class Reckon:
    def __init__(self, program, weights, model):
        self.program, self.weights, self.model = program, weights, model
        self.name = f"reckon {weights}"

    def measure(self, args):
        out = run([self.program, "-m", self.model, "-w", self.weights, "-p", str(args.prompt), "-n", str(args.generate),
                   "-d", str(args.depth), "-t", str(args.threads), "-r", str(args.repetitions), "--json"])
        row = json.loads(out)
        return {key: row[key] for key in ("prompt_tps", "decode_tps", "peak_rss_bytes", "planned_bytes", "dram_read_gbps",
                                          "int8_peak_gops", "dram_read_share", "int8_peak_share")}


class LlamaBench:
    def __init__(self, name, program, model, options):
        self.name, self.program, self.model, self.options = name, program, model, options

    def measure(self, args):
        command = [self.program, "-m", self.model, "-p", str(args.prompt), "-n", str(args.generate), "-t",
                   str(args.threads), "-r", str(args.repetitions), "-o", "json"] + self.options
        if args.depth:
            command += ["-d", str(args.depth)]
        rates = {}
        for row in json.loads(run(command)):
            if row["n_gen"] == 0:
                rates["prompt_tps"] = statistics.median(row["samples_ts"])
            elif row["n_prompt"] == 0:
                rates["decode_tps"] = statistics.median(row["samples_ts"])
        return rates


class OpenVino:
    def __init__(self, name, python, model):
        self.name, self.python, self.model = name, python, model

    def measure(self, args):
        return json.loads(run([self.python, os.path.join(HERE, "openvino_bench.py"), "-m", self.model, "-p", str(args.prompt),
                               "-n", str(args.generate), "-d", str(args.depth), "-t", str(args.threads),
                               "-r", str(args.repetitions)]).splitlines()[-1])


def split_peer(item):
    """Name, program and model of NAME=PROGRAM:MODEL."""
    name, _, rest = item.partition("=")
    program, _, model = rest.partition(":")
    return name, program, model


def engines(args):
    result = []
    for item in args.reckon:
        weights, _, model = item.partition("=")
        result.append(Reckon(args.reckon_bench, weights, model))
    result += [LlamaBench(*split_peer(item), args.llama_options.split()) for item in args.llama_bench]
    result += [OpenVino(*split_peer(item)) for item in args.openvino]
    if not args.llama_bench and args.gguf:
        program = shutil.which("llama-bench")
        if program is None:
            print("compare.py: no llama-bench on PATH", file=sys.stderr)
        else:
            result += [LlamaBench("llama-bench " + os.path.basename(path), program, path, args.llama_options.split())
                       for path in args.gguf]
    return result


def summarise(rounds, key):
    values = [row[key] for row in rounds if row.get(key) is not None]
    if not values:
        return None
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "rounds": len(values)}


def print_table(report):
    print(f"{'':28} {'prompt tokens/s':>24} {'ratio':>6}   {'decode tokens/s':>24} {'ratio':>6}")
    for row in report:
        cells = []
        for key in ("prompt_tps", "decode_tps"):
            stats = row[key]
            text = f"{stats['median']:.1f} [{stats['min']:.1f}-{stats['max']:.1f}]" if stats else "-"
            ratio = row["ratio_" + key]
            cells.append(f"{text:>24} {f'{ratio:.2f}' if ratio else '-':>6}")
        print(f"{row['engine']:28} {'   '.join(cells)}")
    print("ratio: the first engine's median over this one's; above 1 the first engine is faster")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon", action="append", default=[], metavar="WEIGHTS=MODEL")
    parser.add_argument("--llama-bench", action="append", default=[], metavar="NAME=PROGRAM:MODEL")
    parser.add_argument("--openvino", action="append", default=[], metavar="NAME=PYTHON:MODEL")
    parser.add_argument("--gguf", action="append", default=[], metavar="FILE", help="models for a llama-bench on PATH")
    parser.add_argument("--llama-options", default="", help="more options for llama-bench, for example '-fa 1'")
    parser.add_argument("--reckon-bench", default=os.path.join(HERE, "..", "build", "bin", "reckon-bench"))
    parser.add_argument("-p", "--prompt", type=int, default=512)
    parser.add_argument("-n", "--generate", type=int, default=64)
    parser.add_argument("-d", "--depth", type=int, default=0)
    parser.add_argument("-t", "--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("-r", "--repetitions", type=int, default=1, help="repetitions inside a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    runners = engines(args)
    if not runners:
        parser.error("nothing to run: give --reckon, --llama-bench, --openvino or --gguf")
    rounds = {runner.name: [] for runner in runners}
    for number in range(args.rounds):
        for runner in runners:
            print(f"round {number + 1} of {args.rounds}: {runner.name}", file=sys.stderr)
            try:
                rounds[runner.name].append(runner.measure(args))
            except (OSError, RuntimeError, ValueError) as error:
                sys.exit(f"compare.py: {error}")
    report = []
    for runner in runners:
        row = {"engine": runner.name, "model": runner.model}
        for key in ("prompt_tps", "decode_tps", "dram_read_gbps", "int8_peak_gops", "peak_rss_bytes", "planned_bytes"):
            row[key] = summarise(rounds[runner.name], key)
        for key in ("prompt_tps", "decode_tps"):
            first = report[0][key] if report else row[key]
            row["ratio_" + key] = first["median"] / row[key]["median"] if first and row[key] else None
        report.append(row)
    if args.json:
        print(json.dumps({"prompt_tokens": args.prompt, "generated_tokens": args.generate, "depth": args.depth,
                          "threads": args.threads, "rounds": args.rounds, "engines": report}, indent=1))
    else:
        print_table(report)


if __name__ == "__main__":
    main()
