#!/usr/bin/env python3
"""reckon_c.h compiles alone as every C and C++ that it promises, without a warning, and so does frozen.c as C.

    header.py --header reckon_c.h --frozen frozen.c --cc gcc... --cxx g++...
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

WARNINGS = ['-Wall', '-Wextra', '-pedantic', '-Werror', '-Wshadow', '-Wstrict-prototypes', '-Wundef', '-Wconversion']


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--header', required=True)
    parser.add_argument('--frozen', required=True)
    parser.add_argument('--cc', nargs='+', required=True)
    parser.add_argument('--cxx', nargs='+', required=True)
    arguments = parser.parse_args()
    folder = os.path.dirname(arguments.header)
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
        source = os.path.join(scratch, 'user.c')
        with open(source, 'w', encoding='utf-8') as file:
            # Twice: the guard works. The call: the declarations are those of C, in C++ too.
            file.write('#include "reckon_c.h"\n#include "reckon_c.h"\nuint32_t user(void);\nuint32_t user(void) { return reckon_abi_version(); }\n')
        for compiler in filter(shutil.which, arguments.cc):
            for standard in ('c99', 'c11', 'c17'):
                compile_alone(compiler, 'c', standard, source)
                compile_alone(compiler, 'c', standard, arguments.frozen)
        for compiler in filter(shutil.which, arguments.cxx):
            for standard in ('c++11', 'c++17', 'c++20'):
                compile_alone(compiler, 'c++', standard, source)
    print('\n'.join(failed) or f'{compiled} compilations without a warning')
    return 1 if failed or compiled < 9 else 0


if __name__ == '__main__':
    sys.exit(main())
