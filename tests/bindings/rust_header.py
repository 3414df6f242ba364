#!/usr/bin/env python3
"""The declarations kept in reckon-sys are those of the headers, by the C compiler's word.

    rust_header.py --bindings bindings.rs --include DIR --symbols symbols.txt --cc gcc

Each function of bindings.rs is declared again in C, from its Rust types, behind the headers: another type is an error. Each structure is
written in C again and compared member by member, and each constant by value. Nothing of the headers may be missing.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

PLAIN = {'i32': 'int32_t', 'u32': 'uint32_t', 'i64': 'int64_t', 'u64': 'uint64_t', 'usize': 'size_t', 'f32': 'float', 'f64': 'double',
         '::std::os::raw::c_char': 'char', '::std::os::raw::c_void': 'void', '::std::os::raw::c_int': 'int'}


def c_type(rust):
    rust = rust.strip()
    for mark, const in (('*const ', 'const '), ('*mut ', '')):
        if rust.startswith(mark):
            inner = c_type(rust[len(mark):])
            return inner + ' ' + const + '*' if inner.endswith('*') else const + inner + ' *'
    return PLAIN.get(rust, rust)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('bindings', 'include', 'symbols', 'cc'):
        parser.add_argument('--' + name, required=True)
    arguments = parser.parse_args()
    with open(arguments.bindings, encoding='utf-8') as file:
        rust = file.read()
    headers = ''
    for name in ('reckon_c.h', 'reckon_c_chat.h'):
        with open(os.path.join(arguments.include, name), encoding='utf-8') as file:
            headers += re.sub(r'/\*.*?\*/', '', file.read(), flags=re.DOTALL)
    with open(arguments.symbols, encoding='utf-8') as file:
        expected = set(file.read().split()) | set(re.findall(r'^\s*(RECKON_\w+)\s*=', headers, re.MULTILINE))
    expected |= set(re.findall(r'^typedef struct (\w+) \{', headers, re.MULTILINE))
    lines = ['#include "reckon_c.h"', '#include "reckon_c_chat.h"']
    found = set()
    for name, parameters, result in re.findall(r'pub fn (\w+)\(([^)]*)\)(?:\s*->\s*([^;]+))?;', rust):
        types = [c_type(one.split(':', 1)[1]) for one in parameters.split(',') if one.strip()]
        lines.append(f'{c_type(result) if result else "void"} {name}({", ".join(types) or "void"});')
        found.add(name)
    for name, value in re.findall(r'pub const (RECKON_\w+): \w+ = (\d+);', rust):
        lines.append(f'_Static_assert({name} == {value}, "{name}");')
        found.add(name)
    for name, members in re.findall(r'pub struct (\w+) \{\n(.*?)\n\}', rust, re.DOTALL):
        members = re.findall(r'pub (\w+): ([^,]+),', members)
        if not members:
            continue
        members = [(member[:-1] if member.endswith('_') else member, kind) for member, kind in members]
        lines.append(f'struct rust_{name} {{ {" ".join(f"{c_type(kind)} {member};" for member, kind in members)} }};')
        lines.append(f'_Static_assert(sizeof(struct rust_{name}) == sizeof({name}), "{name}");')
        for member, _ in members:
            lines.append(f'_Static_assert(offsetof(struct rust_{name}, {member}) == offsetof({name}, {member}) && '
                         f'__builtin_types_compatible_p(__typeof__(((struct rust_{name} *)0)->{member}), __typeof__((({name} *)0)->{member})), '
                         f'"{name}.{member}");')
        found.add(name)
    with tempfile.TemporaryDirectory() as scratch:
        source = os.path.join(scratch, 'declarations.c')
        with open(source, 'w', encoding='utf-8') as file:
            file.write('\n'.join(lines) + '\n')
        result = subprocess.run([arguments.cc, '-std=gnu11', '-fsyntax-only', '-I', arguments.include, source], capture_output=True, text=True)
    missing = sorted(expected - found)
    print(result.stderr + '\n'.join(f'{name} is not in {arguments.bindings}' for name in missing))
    print(f'{len(found)} declarations compared')
    return 1 if missing or result.returncode != 0 or len(found) < 200 else 0


if __name__ == '__main__':
    sys.exit(main())
