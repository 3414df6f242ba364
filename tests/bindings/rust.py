#!/usr/bin/env python3
"""A step of the tests of the Rust binding; 77 (skipped) without cargo, or without its tools or the registry.

    rust.py test|check|outside --source DIR --prefix DIR --libdir lib --work DIR

test: the suites, with cargo test. check: formatting, clippy and rustdoc without a warning, and cargo package. outside: a project in an
empty folder, made as docs/bindings.md says, prints tiny-r1's answer. The library is the one installed in the prefix, by pkg-config.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

SKIPPED = 77
ANSWER = '鸡有23只，兔有12只'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('step', choices=('test', 'check', 'outside'))
    for name in ('source', 'prefix', 'libdir', 'work'):
        parser.add_argument('--' + name, required=True)
    arguments = parser.parse_args()
    crates = os.path.join(arguments.source, 'capi', 'bindings', 'rust')
    libraries = os.path.join(arguments.prefix, arguments.libdir)
    environment = dict(os.environ, PKG_CONFIG_PATH=os.path.join(libraries, 'pkgconfig'), CARGO_TARGET_DIR=os.path.join(arguments.work, 'target'),
                       LD_LIBRARY_PATH=':'.join(filter(None, [os.environ.get('LD_LIBRARY_PATH'), libraries])), RUSTDOCFLAGS='-D warnings',
                       RECKON_TINY_R1=os.path.join(arguments.source, 'examples', 'models', 'tiny-r1'))

    def run(*command, folder=crates, **options):
        print('+', ' '.join(command), flush=True)
        return subprocess.run(command, cwd=folder, env=environment, **options)

    def check(*command, **options):
        if run(*command, **options).returncode != 0:
            sys.exit(1)

    for tool in ('cargo', *(('cargo-clippy', 'cargo-fmt') if arguments.step == 'check' else ())):
        if not shutil.which(tool):
            print(f'skipped: there is no {tool}')
            return SKIPPED
    if run('cargo', 'fetch', '--quiet', '--locked').returncode != 0 and run('cargo', 'fetch', '--quiet', '--locked', '--offline').returncode != 0:
        print('skipped: the crates that building needs are not there, and cannot be fetched')
        return SKIPPED

    if arguments.step == 'test':
        check('cargo', 'test', '--quiet', '--locked', '--offline')
    elif arguments.step == 'check':
        check('cargo', 'fmt', '--all', '--check')
        check('cargo', 'clippy', '--quiet', '--locked', '--offline', '--all-targets', '--', '-D', 'warnings')
        check('cargo', 'doc', '--quiet', '--locked', '--offline', '--no-deps')
        # Both crates are built again from what would be published. The tree may have changes that are not committed yet.
        check('cargo', 'package', '--quiet', '--locked', '--offline', '--allow-dirty', '--workspace')
    else:
        outside(arguments, crates, check)
    return 0


def outside(arguments, crates, check):
    """The lines of docs/bindings.md that make a project, with this tree's path in the place of theirs."""
    folder = os.path.join(arguments.work, 'outside')
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(arguments.source, 'docs', 'bindings.md'), encoding='utf-8') as file:
        lines = re.search(r'<!-- a cargo project -->\n```sh\n(.*?)```', file.read(), re.DOTALL)[1]
    lines = lines.replace('/opt/reckon/lib', os.path.join(arguments.prefix, arguments.libdir)).replace('/path/to/reckon', arguments.source)
    lines = lines.replace('MODEL', os.path.join(arguments.source, 'examples', 'models', 'tiny-r1'))
    output = os.path.join(folder, 'output')
    with open(output, 'w', encoding='utf-8') as file:
        check('sh', '-euc', lines, folder=folder, stdout=file)
    with open(output, encoding='utf-8') as file:
        text = file.read()
    print(text)
    if ANSWER not in text or not text.endswith('cancelled: 2 messages\n'):
        print(f'the program did not print {ANSWER} and the messages')
        sys.exit(1)


if __name__ == '__main__':
    sys.exit(main())
