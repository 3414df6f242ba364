#!/usr/bin/env python3
"""Runs clang-tidy over every source file of the project in compile_commands.json, remembering which were found clean.

    tidy.py BUILD_DIR [--cache DIR] [--clang-tidy NAME] [--jobs N] [--only FOLDER...]

A file is checked again when its preprocessed text, its compile command or .clang-tidy changes. Exit status 1 if any is not clean.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GCC_ONLY = {'-fno-tree-pre', '-fno-tree-reassoc', '-fno-tree-ter'}  # the build may be GCC's; clang-tidy stops at an argument that clang does not know


def preprocess(entry):
    command = entry['arguments'] if 'arguments' in entry else shlex.split(entry['command'])
    if pathlib.Path(command[0]).name == 'ccache':
        command = command[1:]
    output = command.index('-o')
    command = [*command[:output], *command[output + 2:], '-E', '-P']
    command.remove('-c')
    return subprocess.run(command, cwd=entry['directory'], capture_output=True, check=True).stdout


def check(entry, arguments, settings):
    name = pathlib.Path(entry['directory'], entry['file']).resolve()
    key = hashlib.sha256()
    # Comments do not survive preprocessing, but NOLINT stands in them: the file's own text counts too.
    for part in (settings, entry.get('command', ' '.join(entry.get('arguments', []))).encode(), name.read_bytes(), preprocess(entry)):
        key.update(hashlib.sha256(part).digest())
    stamp = arguments.cache / key.hexdigest()
    if stamp.exists():
        return name, True, ''
    result = subprocess.run([arguments.clang_tidy, '--quiet', '-p', arguments.database, name], capture_output=True, text=True)
    if result.returncode == 0:
        stamp.touch()
    return name, result.returncode == 0, result.stdout + ('' if result.returncode == 0 else result.stderr)


def write_database(entries, folder):
    folder.mkdir(exist_ok=True)
    portable = [{'directory': entry['directory'], 'file': entry['file'],
                 'arguments': [word for word in entry.get('arguments') or shlex.split(entry['command']) if word not in GCC_ONLY]}
                for entry in entries]
    (folder / 'compile_commands.json').write_text(json.dumps(portable))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--cache', type=pathlib.Path,
                        default=pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache') / 'reckon-tidy')
    parser.add_argument('--clang-tidy', default='clang-tidy')
    parser.add_argument('--only', nargs='+', default=[''], help='folders of the project to look at; all of them by default')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([arguments.clang_tidy, '--version'], capture_output=True, check=True).stdout
    settings = version + (ROOT / '.clang-tidy').read_bytes()

    entries = {}
    for entry in json.loads((arguments.build / 'compile_commands.json').read_text()):
        name = pathlib.Path(entry['directory'], entry['file']).resolve()
        wanted = any(name.is_relative_to(ROOT / folder) for folder in arguments.only)
        if wanted and not name.is_relative_to(arguments.build.resolve()):
            entries.setdefault(name, entry)
    arguments.database = arguments.build / 'tidy'
    write_database(entries.values(), arguments.database)
    dirty = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for name, clean, output in pool.map(lambda entry: check(entry, arguments, settings), entries.values()):
            if not clean:
                dirty += 1
                print(f'{name.relative_to(ROOT)}:\n{output}', flush=True)
    print(f'clang-tidy: {len(entries) - dirty} files clean, {dirty} not')
    return 1 if dirty or not entries else 0


if __name__ == '__main__':
    sys.exit(main())
