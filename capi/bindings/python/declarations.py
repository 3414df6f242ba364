#!/usr/bin/env python3
"""Makes reckon/_declarations.py, what cffi needs to know of the C ABI, from the headers.

    declarations.py reckon_c.h reckon_c_chat.h OUTPUT
"""
import re
import sys

import cffi


def declarations(header: str) -> str:
    """A header without comments, preprocessor lines and what only C++ reads: plain C declarations."""
    text = re.sub(r'/\*.*?\*/', '', header, flags=re.DOTALL)
    text = text.replace('\\\n', ' ')
    kept = re.findall(r'^#define (?:RECKON_ABI_VERSION|RECKON_MIN_STACK_BYTES) \d+$', text, re.MULTILINE)
    # Inside `#ifdef __cplusplus` stand `extern "C" {` and its end.
    text = re.sub(r'^#ifdef __cplusplus$.*?^#endif$', '', text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r'^#.*$', '', text, flags=re.MULTILINE)
    return '\n'.join(kept) + '\n' + text.replace('RECKON_API ', '')


def main() -> None:
    *headers, output = sys.argv[1:]
    ffi = cffi.FFI()
    for header in headers:
        with open(header, encoding='utf-8') as file:
            ffi.cdef(declarations(file.read()))
    ffi.set_source('reckon._declarations', None)
    ffi.emit_python_code(output)


if __name__ == '__main__':
    main()
