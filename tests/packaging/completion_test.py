#!/usr/bin/env python3
"""Completion as a person sees it: a shell at a pseudo-terminal, with the Tab key.

    completion_test.py --shell bash --manual DIR --model DIR

bash and zsh are typed to: the line that Tab completes is run, and a function in place of the program prints what it was called with.
fish tells what it would offer (`complete -C`).
"""
import argparse
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
# What is typed before Tab, and the words that the program is called with then.
LINES = {
    'reckon inspe': 'inspect',
    'reckon chat --weigh': 'chat --weights',
    'reckon chat --weights b': 'chat --weights bf16',
    'reckon run -w b': 'run -w bf16',
    'reckon run --weights=b': 'run --weights=bf16',
    'reckon -h --vers': '-h --version',
    'reckon tokenize --skip-s': 'tokenize --skip-special',
    'reckon chat -m {model}/generation_c': 'chat -m {model}/generation_config.json',
    'reckon chat --model={model}/generation_c': 'chat --model={model}/generation_config.json',
    'reckon chat -m {work}/with\\ sp': 'chat -m {work}/with space.gguf',
    'reckon chat --docs {work}/fo': 'chat --docs {work}/folder/',
    'reckon run --file {work}/forei': 'run --file {work}/foreign.txt',
    'reckon help tok': 'help tokenize',
    'reckon help --completion f': 'help --completion fish',
    'reckon chat --seed {work}/fo': 'chat --seed {work}/fo',  # a number: files are no help
    'reckon-bench --repet': '--repetitions',
}
# What fish offers for these beginnings, among others.
OFFERED = {
    'reckon ': ['chat', 'run', 'inspect', 'tokenize', 'help'],
    'reckon chat --weigh': ['--weights'],
    'reckon chat --weights ': ['auto', 'bf16', 'f32', 'q4', 'q8'],
    'reckon run -w b': ['bf16'],
    'reckon chat --model {model}/generation_c': ['{model}/generation_config.json'],
    'reckon chat --docs {work}/fo': ['{work}/folder/'],
    'reckon help --completion ': ['bash', 'fish', 'zsh'],
    'reckon-bench --repet': ['--repetitions'],
}


class Terminal:
    """A shell that is typed to."""

    def __init__(self, command, environment, folder):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        self.seen = ''

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait(self, pattern, seconds=60):
        """Reads until the pattern is there, and forgets what was read up to its end."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            if not ready:
                sys.exit(f'waited for {pattern!r} and saw {self.seen!r}')
            self.seen += os.read(self.terminal, 4096).decode(errors='replace')
        self.seen = self.seen[found.end():]
        return found

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)


def start(shell, manual, work):
    """A shell with the completions of both programs, in which the programs print their arguments."""
    environment = {'PATH': '/usr/bin:/bin', 'TERM': 'dumb', 'HOME': str(work), 'LC_ALL': 'C.UTF-8', 'PS1': '', 'COLUMNS': '1000'}
    stand_in = "reckon() { printf 'CALLED[%s]\\n' \"$*\"; }\nreckon-bench() { reckon \"$@\"; }\n"
    if shell == 'bash':
        terminal = Terminal(['bash', '--norc', '--noprofile', '-i'], environment, work)
        scripts = ''.join(f'. {file}\n' for file in manual.glob('*/bash-completion/completions/*'))
        terminal.type(f"bind 'set enable-bracketed-paste off'\n{stand_in}{scripts}")
    else:
        terminal = Terminal(['zsh', '-f', '-i'], environment, work)
        for file in manual.glob('*/zsh/site-functions/*'):
            shutil.copy(file, work)
        terminal.type(f'PS1=; unsetopt zle_bracketed_paste; fpath=({work} $fpath)\n{stand_in}autoload -U compinit; compinit -u -D\n')
    terminal.type("echo 'RE''ADY'\n")
    terminal.wait('READY\r?\n')
    return terminal


def typed(shell, manual, model, work):
    names = {'model': model, 'work': work}
    terminal = start(shell, manual, work)
    failed = 0
    for line, expected in LINES.items():
        terminal.type(line.format(**names) + '\t\n')
        called = terminal.wait(r'CALLED\[([^\]]*)\]\r?\n')[1].strip()
        # zsh takes the slash back when the line ends, and adds the = itself.
        same = called.rstrip('=/') == expected.format(**names).rstrip('/')
        print('ok  ' if same else 'BAD ', line, '->', called)
        failed += not same
    terminal.close()
    return failed


def offered(manual, model, work):
    names = {'model': model, 'work': work}
    scripts = [str(file) for file in manual.glob('*/fish/vendor_completions.d/*')]
    failed = 0
    for line, expected in OFFERED.items():
        program = ''.join(f'source {script}; ' for script in scripts) + f"complete -C '{line.format(**names)}'"
        finished = subprocess.run(['fish', '--no-config', '-c', program], check=True, capture_output=True, encoding='utf-8',
                                  env={'PATH': '/usr/bin:/bin', 'HOME': str(work), 'LC_ALL': 'C.UTF-8'})
        words = [answer.split('\t')[0] for answer in finished.stdout.splitlines()]
        same = {word.format(**names) for word in expected} <= set(words) and not finished.stderr
        print('ok  ' if same else 'BAD ', line, '->', words, finished.stderr)
        failed += not same
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--shell', choices=['bash', 'zsh', 'fish'], required=True)
    parser.add_argument('--manual', type=pathlib.Path, required=True)
    parser.add_argument('--model', required=True)
    arguments = parser.parse_args()
    if not shutil.which(arguments.shell):
        print(arguments.shell, 'is not installed: skipped')
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / 'with space.gguf').touch()
        (work / 'folder').mkdir()
        (work / 'foreign.txt').touch()  # a file, which --docs must not offer
        if arguments.shell == 'fish':
            failed = offered(arguments.manual, arguments.model, work)
        else:
            failed = typed(arguments.shell, arguments.manual, arguments.model, work)
    if failed:
        sys.exit(f'{failed} wrong')


if __name__ == '__main__':
    main()
