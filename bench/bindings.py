#!/usr/bin/env python3
"""What streaming through a binding costs: reckon-bench and each binding's program in turn on one model.

    bindings.py --bench build/bin/reckon-bench --model MODEL [--tokens 32] [--rounds 6] NAME=COMMAND...

    bench/bindings.py --bench build/bin/reckon-bench --model r1-1.5b-q4_0.gguf "python=python3 bench/bindings/stream_loop.py"

A command gets MODEL TOKENS REPETITIONS and prints tokens per second, one repetition a line. A round's figure is their
median; prints the medians of the rounds, their ranges, and the ratio to reckon-bench.
"""
import argparse
import json
import shlex
import statistics
import subprocess
import sys


def lines(command):
    return subprocess.run(command, stdout=subprocess.PIPE, encoding='utf-8', check=True).stdout.splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bench', required=True)
    parser.add_argument('--model', required=True)
    parser.add_argument('--tokens', type=int, default=32)
    parser.add_argument('--rounds', type=int, default=6)
    parser.add_argument('--repetitions', type=int, default=3)
    parser.add_argument('program', nargs='+', help='NAME=COMMAND')
    arguments = parser.parse_args()
    programs = dict(program.split('=', 1) for program in arguments.program)
    rates = {name: [] for name in ('reckon-bench', *programs)}
    for _ in range(arguments.rounds):
        test = json.loads(lines([arguments.bench, '-m', arguments.model, '-p', '0', '-n', str(arguments.tokens), '-r',
                                 str(arguments.repetitions), '--json'])[-1])
        rates['reckon-bench'].append(test['decode_tps'])
        for name, command in programs.items():
            output = lines([*shlex.split(command), arguments.model, str(arguments.tokens), str(arguments.repetitions)])
            rates[name].append(statistics.median(map(float, output)))
    base = statistics.median(rates['reckon-bench'])
    for name, values in rates.items():
        print(f'{name:14} {statistics.median(values):8.2f} tokens/s  [{min(values):.2f}-{max(values):.2f}]  '
              f'{len(values)} rounds  ratio {statistics.median(values) / base:.3f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
