#!/usr/bin/env python3
"""What libreckon.so.1 exports, what its headers declare and what capi/abi/symbols.txt promises are the same functions.

    symbols.py --nm nm --library libreckon.so.1 --header reckon_c.h... --symbols symbols.txt
"""
import argparse
import re
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ('nm', 'library', 'symbols'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('--header', nargs='+', required=True)
    arguments = parser.parse_args()
    with open(arguments.symbols, encoding='utf-8') as file:
        lines = file.read().split()
    promised = set(lines)
    declared = set()
    for header in arguments.header:
        with open(header, encoding='utf-8') as file:
            declared |= set(re.findall(r'^RECKON_API\b[^;]*?\b(reckon_\w+)\s*\(', file.read(), re.MULTILINE))
    listing = subprocess.run([arguments.nm, '-D', '--defined-only', arguments.library], capture_output=True, text=True, check=True).stdout
    exported, offences = set(), []
    for line in listing.splitlines():
        kind, symbol = line.split()[-2:]
        if kind == 'A':  # the names of the versions
            continue
        name, _, version = symbol.partition('@@')
        exported.add(name)
        if kind != 'T' or not version.startswith('RECKON_'):
            offences.append(f'{symbol} is exported, but is no function with a version (kind {kind})')
    if lines != sorted(promised):
        offences.append(f'{arguments.symbols} is not sorted')
    for one, other, what in ((exported, promised, 'exported, but not in symbols.txt'), (promised, exported, 'in symbols.txt, but not exported'),
                             (declared, promised, 'declared, but not in symbols.txt'), (promised, declared, 'in symbols.txt, but not declared')):
        offences += [f'{name} is {what}' for name in sorted(one - other)]
    print('\n'.join(offences) or f'{len(promised)} functions are declared, promised and exported, and nothing else')
    return 1 if offences or not promised else 0


if __name__ == '__main__':
    sys.exit(main())
