#!/usr/bin/env python3
"""Compares the types and functions of libreckon.so.1 with capi/abi/libreckon.abi, which is what programs were compiled against.

    abi.py --library libreckon.so.1 --header reckon_c.h... --dump libreckon.abi [--update]

Needs libabigail (Debian: abigail-tools). --update writes the dump anew, for additions: whatever it changes besides adding lines breaks
programs. Exit status 77 if libabigail is not there.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile


def write_dump(library, headers, out):
    named = [argument for header in headers for argument in ('--header-file', header)]
    subprocess.run(['abidw', '--exported-interfaces-only', *named, '--drop-private-types', '--no-corpus-path',
                    '--no-comp-dir-path', '--no-elf-needed', '--no-show-locs', '--out-file', out, library], check=True)
    with open(out, encoding='utf-8') as file:
        text = file.read()
    with open(out, 'w', encoding='utf-8') as file:
        file.write(re.sub(r"path='[^']*/(capi/[^']*)'", r"path='\1'", text))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ('library', 'dump'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('--header', nargs='+', required=True)
    parser.add_argument('--update', action='store_true')
    arguments = parser.parse_args()
    if not shutil.which('abidw') or not shutil.which('abidiff'):
        print('libabigail is not installed (Debian: apt-get install abigail-tools)')
        return 77
    if arguments.update:
        write_dump(arguments.library, arguments.header, arguments.dump)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        now = os.path.join(scratch, 'now.abi')
        write_dump(arguments.library, arguments.header, now)
        with open(now, encoding='utf-8') as file:
            functions = file.read().count('<function-decl')
        result = subprocess.run(['abidiff', arguments.dump, now], capture_output=True, text=True)
    if result.returncode != 0 or functions == 0:
        print(result.stdout + result.stderr)
        print(f'the ABI is not the one in {arguments.dump}; for additions run this with --update and raise RECKON_ABI_VERSION')
        return 1
    print(f'{functions} functions, their parameters and structures are as they were')
    return 0


if __name__ == '__main__':
    sys.exit(main())
