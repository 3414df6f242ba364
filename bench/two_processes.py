#!/usr/bin/env python3
"""Times one process that runs a model against two at once on the same processors, in turn: politeness, in figures.

  python bench/two_processes.py -m MODEL -w q4 -t 2

Prints the rates of the process alone, of each of the two, and the ratio of the two's total to the one's: 1 means that
sharing costs nothing. Both of a pair do the same at the same time. Standard library only.
"""

import argparse
import concurrent.futures
import os
import statistics
import sys

import compare

HERE = os.path.dirname(os.path.abspath(__file__))
RATES = ("prompt_tps", "decode_tps")


def measure(args, processes):
    runner = compare.Reckon(args.reckon_bench, args.weights, args.model)
    with concurrent.futures.ThreadPoolExecutor(processes) as pool:
        rows = list(pool.map(runner.measure, [args] * processes))
    return {key: [row[key] for row in rows] for key in RATES}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon-bench", default=os.path.join(HERE, "..", "build", "bin", "reckon-bench"))
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("-w", "--weights", default="q4")
    parser.add_argument("-p", "--prompt", type=int, default=512)
    parser.add_argument("-n", "--generate", type=int, default=64)
    parser.add_argument("-t", "--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each process")
    parser.add_argument("-d", "--depth", type=int, default=0)
    parser.add_argument("-r", "--repetitions", type=int, default=1)
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
