#!/usr/bin/env python3
"""Each header compiles alone as every C and C++ that it promises, without a warning, and so does frozen.c as C, where every
number of the headers is written down.

    header.py --header reckon_c.h... --frozen frozen.c --cc gcc... --cxx g++...
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

WARNINGS = ['-Wall', '-Wextra', '-pedantic', '-Werror', '-Wshadow', '-Wstrict-prototypes', '-Wundef', '-Wconversion']


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--header', nargs='+', required=True)
    parser.add_argument('--frozen', required=True)
    parser.add_argument('--cc', nargs='+', required=True)
    parser.add_argument('--cxx', nargs='+', required=True)
    arguments = parser.parse_args()
    folder = os.path.dirname(arguments.header[0])
    compiled, failed = 0, []

    def compile_alone(compiler, language, standard, source):
        nonlocal compiled
        warnings = [flag for flag in WARNINGS if language == 'c' or flag != '-Wstrict-prototypes']
        command = [compiler, '-x', language, '-std=' + standard, *warnings, '-I', folder, '-c', source, '-o', os.devnull]
        result = subprocess.run(command, capture_output=True, text=True)
        compiled += 1
        if result.returncode != 0:
            failed.append(' '.join(command) + '\n' + result.stderr)

    with tempfile.TemporaryDirectory() as scratch:
        sources = []
        for header in arguments.header:
            name = os.path.basename(header)
            sources.append(os.path.join(scratch, name + '.c'))
            with open(sources[-1], 'w', encoding='utf-8') as file:
                # Twice: the guard works. The call: the declarations are those of C, in C++ too.
                file.write(f'#include "{name}"\n#include "{name}"\nuint32_t user(void);\nuint32_t user(void) {{ return reckon_abi_version(); }}\n')
        for compiler in filter(shutil.which, arguments.cc):
            for standard in ('c99', 'c11', 'c17'):
                for source in (*sources, arguments.frozen):
                    compile_alone(compiler, 'c', standard, source)
        for compiler in filter(shutil.which, arguments.cxx):
            for standard in ('c++11', 'c++17', 'c++20'):
                for source in sources:
                    compile_alone(compiler, 'c++', standard, source)
    with open(arguments.frozen, encoding='utf-8') as file:
        written = set(re.findall(r'FROZEN_VALUE\((\w+),', file.read()))
    for header in arguments.header:
        with open(header, encoding='utf-8') as file:
            failed += [f'{name} is not in {arguments.frozen}' for name in re.findall(r'^\s*(RECKON_\w+)\s*=', file.read(), re.MULTILINE)
                       if name not in written]
    print('\n'.join(failed) or f'{compiled} compilations without a warning')
    return 1 if failed or compiled < 15 else 0


if __name__ == '__main__':
    sys.exit(main())
