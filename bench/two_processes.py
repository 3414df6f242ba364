#!/usr/bin/env python3
"""Times one process that runs a model against two at once on the same processors, in turn: politeness, in figures.

  python bench/two_processes.py -m MODEL -w q4 -t 2

Prints the rates of the process alone, of each of the two, and the ratio of the two's total to the one's: 1 means that
sharing costs nothing. Both of a pair do the same at the same time. Standard library only.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RATES = ("prompt_tps", "decode_tps")


def measure(args, processes):
    command = [args.reckon_bench, "-m", args.model, "-w", args.weights, "-p", str(args.prompt), "-n", str(args.generate),
               "-t", str(args.threads), "-r", "1", "--json"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for _ in range(processes)]
    rows = []
    for process in running:
        out, err = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed with {process.returncode}: {err.strip()[-500:]}")
        rows.append(json.loads(out))
    return {key: [row[key] for row in rows] for key in RATES}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon-bench", default=os.path.join(HERE, "..", "build", "bin", "reckon-bench"))
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("-w", "--weights", default="q4")
    parser.add_argument("-p", "--prompt", type=int, default=512)
    parser.add_argument("-n", "--generate", type=int, default=64)
    parser.add_argument("-t", "--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each process")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    alone, together = [], []
    for number in range(args.rounds):
        print(f"round {number + 1} of {args.rounds}", file=sys.stderr)
        try:
            alone.append(measure(args, 1))
            together.append(measure(args, 2))
        except (OSError, RuntimeError, ValueError) as error:
            sys.exit(f"two_processes.py: {error}")
    for key in RATES:
        one = statistics.median(row[key][0] for row in alone)
        total = statistics.median(sum(row[key]) for row in together)
        pairs = ", ".join(" + ".join(f"{rate:.1f}" for rate in row[key]) for row in together)
        print(f"{key}: alone {one:.1f}, two at once {total:.1f} ({pairs}), ratio {total / one:.2f}")


if __name__ == "__main__":
    main()
