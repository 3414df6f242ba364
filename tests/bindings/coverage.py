#!/usr/bin/env python3
"""Runs a binding's test suite and checks that it called every function of the C ABI.

    coverage.py --name python --recorder libreckon.so.1 --library libreckon.so.1.0.0 --symbols symbols.txt --header reckon_c.h... \
        -- COMMAND...

The suite runs with the recorder (recorder.c) in the library's place: its folder stands first on LD_LIBRARY_PATH, and RECKON_LIBRARY
names the file itself. A function that the headers declare and no test reached fails by name: it has no wrapper, or its wrapper has no
test. A suite that ends with 77 is skipped.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

SKIPPED = 77


def functions(symbols, headers):
    """The names in symbols.txt, in its order, which is that of the recorder's bytes; and what is wrong with them."""
    with open(symbols, encoding='utf-8') as file:
        promised = file.read().split()
    declared = set()
    for header in headers:
        with open(header, encoding='utf-8') as file:
            declared |= set(re.findall(r'^RECKON_API\b[^;]*?\b(reckon_\w+)\s*\(', file.read(), re.MULTILINE))
    wrong = [f'{name} is declared, but not in {symbols}' for name in sorted(declared - set(promised))]
    wrong += [f'{name} is in {symbols}, but not declared' for name in sorted(set(promised) - declared)]
    if not promised:
        wrong.append(f'{symbols} is empty')
    return promised, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('name', 'recorder', 'library', 'symbols'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('--header', nargs='+', required=True)
    parser.add_argument('command', nargs='+')
    arguments = parser.parse_args()
    promised, wrong = functions(arguments.symbols, arguments.header)
    if wrong:
        print('\n'.join(wrong))
        return 1

    with tempfile.TemporaryDirectory() as scratch:
        calls = os.path.join(scratch, 'calls')
        recorder = os.path.abspath(arguments.recorder)
        folders = [os.path.dirname(recorder), *filter(None, [os.environ.get('LD_LIBRARY_PATH')])]
        environment = dict(os.environ, RECKON_CALLS=calls, RECKON_REAL_LIBRARY=os.path.abspath(arguments.library),
                           RECKON_LIBRARY=recorder, LD_LIBRARY_PATH=':'.join(folders))
        status = subprocess.run(arguments.command, env=environment).returncode
        if status != 0:
            return status if status > 0 else 1
        called = b''
        if os.path.exists(calls):
            with open(calls, 'rb') as file:
                called = file.read()
    if len(called) != len(promised):
        print(f'{arguments.name}: the recorder noted {len(called)} functions instead of {len(promised)}: was it in the library\'s place?')
        return 1
    missing = [name for name, byte in zip(promised, called) if not byte]
    for name in missing:
        print(f'{arguments.name}: no test of the binding calls {name}')
    print(f'{arguments.name}: {len(promised) - len(missing)} of {len(promised)} functions of the C ABI are called by the tests')
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main())
