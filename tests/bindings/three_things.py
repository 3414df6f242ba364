#!/usr/bin/env python3
"""Runs an example of examples/languages and compares all that it prints: three_things.py --model DIR [--needs GLOB] -- COMMAND...

What it says must hold for any instruction set: the last answer of the puzzle, and the shape of the rest. With --same-as, every byte
must be that of another program, which computes on the same machine. Where nothing is at --needs, the test that makes it was skipped for
want of a tool, and this one is too.
"""
import argparse
import glob
import re
import shlex
import subprocess
import sys

SHAPE = re.compile(r'model: qwen2, 5773568 parameters\nquestion: 鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？\n'
                   r'reasoning: .*?x\+y=35.*\nanswer: .*鸡有23只，兔有12只.*\ncancelled: 2 messages\n', re.DOTALL)


def output(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, encoding='utf-8')
    if result.returncode != 0:
        sys.exit(f'{command} ended with {result.returncode}')
    return result.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--model', required=True)
    parser.add_argument('--same-as')
    parser.add_argument('--needs')
    parser.add_argument('command', nargs='+')
    arguments = parser.parse_args()
    if arguments.needs and not glob.glob(arguments.needs):
        print(f'there is no {arguments.needs}')
        sys.exit(77)
    text = output([*arguments.command, arguments.model])
    print(text)
    if not SHAPE.fullmatch(text):
        sys.exit('that is not what examples/languages/README.md says')
    if arguments.same_as and text != output([*shlex.split(arguments.same_as), arguments.model]):
        sys.exit(f'that is not what {arguments.same_as} prints')


if __name__ == '__main__':
    main()
