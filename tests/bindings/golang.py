#!/usr/bin/env python3
"""A step of the tests of the Go binding; 77 (skipped) without Go 1.23.

    golang.py test|outside --source DIR --prefix DIR --libdir lib --work DIR

test: gofmt, go vet, and the suite with the race detector. outside: a module in an empty folder, made as docs/bindings.md says, prints
tiny-r1's answer. The library is the one installed in the prefix, by pkg-config.
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
    parser.add_argument('step', choices=('test', 'outside'))
    for name in ('source', 'prefix', 'libdir', 'work'):
        parser.add_argument('--' + name, required=True)
    arguments = parser.parse_args()
    module = os.path.join(arguments.source, 'capi', 'bindings', 'go')
    libraries = os.path.join(arguments.prefix, arguments.libdir)
    environment = dict(os.environ, PKG_CONFIG_PATH=os.path.join(libraries, 'pkgconfig'), GOTOOLCHAIN='local', GOFLAGS='-buildvcs=false',
                       LD_LIBRARY_PATH=':'.join(filter(None, [os.environ.get('LD_LIBRARY_PATH'), libraries])),
                       RECKON_TINY_R1=os.path.join(arguments.source, 'examples', 'models', 'tiny-r1'))
    version = shutil.which('go') and subprocess.run(['go', 'env', 'GOVERSION'], capture_output=True, text=True, env=environment).stdout
    found = re.match(r'go(\d+)\.(\d+)', version or '')
    if not found or (int(found[1]), int(found[2])) < (1, 23):
        print(f'skipped: there is no Go 1.23, but {version or "none"}')
        return SKIPPED

    def check(*command, folder=module, **options):
        print('+', ' '.join(command), flush=True)
        result = subprocess.run(command, cwd=folder, env=environment, text=True, **options)
        if result.returncode != 0:
            sys.exit(1)
        return result.stdout

    if arguments.step == 'test':
        example = os.path.join(arguments.source, 'examples', 'languages', 'three_things.go')
        unformatted = check('gofmt', '-l', '.', example, stdout=subprocess.PIPE)
        if unformatted:
            print('not formatted:', unformatted)
            return 1
        check('go', 'vet', './...')
        check('go', 'test', '-race', '-count=1', './...')
        return 0
    folder = os.path.join(arguments.work, 'outside')
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(arguments.source, 'docs', 'bindings.md'), encoding='utf-8') as file:
        lines = re.search(r'<!-- a Go module -->\n```sh\n(.*?)```', file.read(), re.DOTALL)[1]
    lines = lines.replace('/opt/reckon/lib', libraries).replace('/path/to/reckon', arguments.source)
    lines = lines.replace('MODEL', environment['RECKON_TINY_R1'])
    text = check('sh', '-euc', lines, folder=folder, stdout=subprocess.PIPE)
    print(text)
    check('go', 'build', '-o', 'three_things', folder=folder)  # for the comparison with the other languages
    if ANSWER not in text or not text.endswith('cancelled: 2 messages\n'):
        print(f'the program did not print {ANSWER} and the messages')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
