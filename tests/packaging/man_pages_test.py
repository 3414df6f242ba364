#!/usr/bin/env python3
"""The man pages: every command and option of --help is there, and man and mandoc show the pages without a complaint.

    man_pages_test.py --program bin/reckon --manual DIR
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77


def output(*command, **keywords):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, encoding='utf-8', **keywords).stdout


def fail(*message):
    print(*message)
    sys.exit(1)


def shown(page):
    """The page as a reader sees it; complaints are failures."""
    finished = subprocess.run(['man', '--warnings', '--no-hyphenation', '--no-justification', '-E', 'UTF-8', '-Tutf8', '-l', str(page)], capture_output=True, encoding='utf-8',
                              env={'PATH': '/usr/bin:/bin', 'LC_ALL': 'C.UTF-8', 'MAN_DISABLE_SECCOMP': '1'}, check=False)
    if finished.returncode != 0 or finished.stderr:
        fail(page, 'is not shown cleanly by man:', finished.stderr)
    return re.sub(r'.\x08|\x1b\[[\d;]*m', '', finished.stdout)


def check_options(page, text, helped):
    """Each option that --help lists has a paragraph of its own, with its default and its description."""
    found = re.findall(r'^  ((?:-\w,)?--?[\w-]+[^\s:]*)', helped, re.MULTILINE)
    if not found:
        fail('--help lists no options for', page)
    for names in found:
        for name in re.findall(r'--?[\w-]+', re.sub(r'\{.*?\}|=.*', '', names)):
            if not re.search(rf'^ +(?:--?[\w-]+, )*{name}\b', text, re.MULTILINE):
                fail(page, 'does not explain', name)
    for default in re.findall(r'^  --?[\w,-]+ \S+=(\S+)$', helped, re.MULTILINE):
        if f'Default: {default}.' not in ' '.join(text.split()):
            fail(page, 'does not say that a default is', default)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', required=True)
    parser.add_argument('--manual', required=True)
    arguments = parser.parse_args()
    pages = {page.stem: page for page in pathlib.Path(arguments.manual).glob('*/man/man1/*.1')}
    helped = output(arguments.program, '--help')
    if output(arguments.program, 'help') != helped or output(arguments.program, 'help', 'run') != output(arguments.program, 'run', '--help'):
        fail('`reckon help` and `reckon --help` differ')
    commands = re.findall(r'^  (\w+) ', helped[helped.index('Subcommands:'):], re.MULTILINE)
    expected = {'reckon'} | {f'reckon-{command}' for command in commands}
    if not {'chat', 'run'} <= set(commands) or set(pages) - {'reckon-bench'} != expected:
        fail('pages:', sorted(pages), 'but commands:', commands)
    tools = [tool for tool in ('man', 'mandoc') if shutil.which(tool)]
    for name, page in pages.items():
        if 'mandoc' in tools:
            finished = subprocess.run(['mandoc', '-T', 'lint', str(page)], capture_output=True, encoding='utf-8', check=False)
            if finished.returncode != 0 or finished.stdout:
                fail(finished.stdout)
        if 'man' not in tools:
            continue
        text = shown(page)
        if name == 'reckon':
            check_options(page, text, helped)
            for command in commands:
                if f'See reckon-{command}(1).' not in ' '.join(text.split()):
                    fail(page, 'does not refer to', command)
        elif name != 'reckon-bench':
            check_options(page, text, output(arguments.program, name.removeprefix('reckon-'), '--help'))
    print(len(pages), 'pages, read with', ' and '.join(tools) or 'nothing')
    if len(tools) < 2:
        print('man and mandoc are not both installed: skipped')
        sys.exit(SKIPPED)


if __name__ == '__main__':
    main()
