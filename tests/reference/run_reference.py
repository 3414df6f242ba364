#!/usr/bin/env python3
"""Compares an adapter with reference data, from outside:  run_reference.py [options] -- ADAPTER [arguments...]

    python3 run_reference.py -- ../../build/bin/reckon-reference-adapter --weights bf16

An adapter is any program that speaks the JSON lines described at the top of adapter.cc: Reckon's own, or a wrapper around
another implementation. ctest checks the same data in C++ without it; this is for comparing implementations, for a second
look from outside the process, and for data that is too large for the repository (--data). Needs Python 3.9 and numpy.
"""
import argparse
import sys

from comparison import Report, Runner
import sections


def main():
    if '--' not in sys.argv:
        sys.exit(__doc__)
    split = sys.argv.index('--')
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', default=sections.DEFAULT_DATA, help='default: tests/data of this checkout')
    parser.add_argument('--only', default='', help=f'some of {",".join(sections.ALL)}')
    parser.add_argument('--match', default='', help='only files or models whose name contains this')
    parser.add_argument('--weights', choices=['f32', 'bf16', 'q8', 'q4'], default='f32',
                        help='what the adapter computes with: decides the tolerance')
    parser.add_argument('--verbose', action='store_true')
    options = parser.parse_args(sys.argv[1:split])
    report = Report(options.verbose)
    runner = Runner(sys.argv[split + 1:])
    for name, section in sections.ALL.items():
        if not options.only or name in options.only.split(','):
            section(options, runner, report)
    sys.exit(report.finish())


if __name__ == '__main__':
    main()
