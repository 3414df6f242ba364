#!/usr/bin/env python3
"""Embeddings of a few texts by Hugging Face transformers, in float32: embeddings.json.

    python3 make_embeddings.py ../models > embeddings.json

Made with torch 2.15 and transformers 5.24. The texts are the token ids in each model's ref.npz. `mean` is the mean of
last_hidden_state over all positions, `last` is its last row; both as they come, and their lengths with them, so that
normalized vectors can be compared as well."""

import json
import pathlib
import sys

import numpy
import torch
import transformers

MODELS = ("qwen2-f32", "qwen2-bf16-tied-padvocab", "qwen3-bf16", "llama-f32-gqa", "phi3-bf16")


def numbers(vector):
    return [float(f"{value:.8g}") for value in vector.tolist()]


def main():
    result = {}
    for name in MODELS:
        folder = pathlib.Path(sys.argv[1]) / name
        model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
        reference = numpy.load(folder / "ref.npz")
        result[name] = []
        for key in ("ids_0", "ids_1", "ids_3"):
            ids = reference[key].tolist()
            with torch.no_grad():
                rows = model(input_ids=torch.tensor([ids])).last_hidden_state[0].double()
            mean = rows.mean(dim=0)
            result[name].append({"ids": ids, "mean": numbers(mean), "last": numbers(rows[-1]),
                                 "mean_length": float(mean.norm()), "last_length": float(rows[-1].norm())})
    json.dump(result, sys.stdout, separators=(",", ":"))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
