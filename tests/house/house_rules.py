#!/usr/bin/env python3
"""Checks a rule of the house on the source tree: house_rules.py RULE --source DIR. Prints every offence; exit status 1 if any."""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

CODE = {'.h', '.cc', '.c', '.inc'}
TEXT = CODE | {'.py', '.sh', '.cmake', '.txt', '.md', '.in', '.json'}

# What each floor may include, beside itself and the public headers. Lowest first.
FLOORS = {
    'base': [],
    'checkpoint': ['base'],
    'kernels': ['base'],
    'arch': ['base', 'checkpoint'],
    'weights': ['base', 'checkpoint', 'kernels', 'arch'],
    'decoder': ['base', 'checkpoint', 'kernels', 'arch', 'weights'],
    'text': ['base', 'checkpoint'],
    'sampling': ['base'],
    'session': ['base', 'checkpoint', 'kernels', 'arch', 'weights', 'decoder', 'text', 'sampling'],
    'chat': ['base', 'checkpoint', 'kernels', 'arch', 'weights', 'decoder', 'text', 'sampling', 'session'],
}
TOP_LEVEL = {
    '.ci', '.clang-format', '.clang-tidy', '.gitignore', 'CHANGELOG.md', 'CMakeLists.txt', 'CMakePresets.json', 'CONTRIBUTING.md',
    'LICENSE', 'README.md', 'SECURITY.md', 'bench', 'capi', 'cmake', 'docs', 'examples', 'include', 'lib', 'tests', 'vcpkg.json',
}
MAX_LINES = 600


class House:
    def __init__(self, root, compiler, includes):
        self.root, self.compiler, self.includes = root, compiler, includes
        self.offences = []
        self.files = self.list_files()

    def list_files(self):
        """The project's files: what git knows or would add, or in an unpacked archive everything but build folders."""
        listed = subprocess.run(['git', '-C', self.root, '-c', f'safe.directory={self.root}', 'ls-files', '-z', '--cached', '--others',
                                 '--exclude-standard'], capture_output=True)
        if listed.returncode == 0 and listed.stdout:
            names = [pathlib.PurePath(os.fsdecode(name)) for name in listed.stdout.split(b'\0') if name]
        else:
            names = [path.relative_to(self.root) for path in pathlib.Path(self.root).rglob('*')]
            names = [name for name in names if not name.parts[0].startswith('build') and name.parts[0] not in ('.git', '.cache')]
            names = [name for name in names if not {'dist', 'node_modules'} & set(name.parts[:4])]
        return sorted(name for name in names if (self.root / name).is_file())

    def offend(self, name, line, what):
        self.offences.append(f'{name}:{line}: {what}')

    def read(self, name):
        return (self.root / name).read_text(encoding='utf-8')

    def within(self, *folders, suffixes=CODE):
        return [name for name in self.files if name.parts[0] in folders and name.suffix in suffixes]

    # A file or folder at the top is seen first by everyone: there is a fixed set.
    def top_level(self):
        for name in sorted({name.parts[0] for name in self.files} - TOP_LEVEL):
            self.offend(name, 1, 'not among the allowed names at the top level')

    # A floor includes only what stands below it.
    def floors(self):
        for name in self.within('lib'):
            floor = name.parts[1]
            if floor not in FLOORS:
                self.offend(name, 1, f'{floor} is not a floor')
                continue
            for number, line in enumerate(self.read(name).splitlines(), 1):
                match = re.match(r'\s*#\s*include\s*"(\w+)/', line)
                if match and match[1] not in {*FLOORS[floor], floor, 'reckon', 'absl'}:
                    self.offend(name, number, f'{floor}/ may not include from {match[1]}/')
        for name in self.within('include'):
            for number, line in enumerate(self.read(name).splitlines(), 1):
                if re.match(r'\s*#\s*include\s*"(?!reckon/|absl/)', line) or re.search(r'include.*(Eigen|dnnl|simdjson|sentencepiece)', line):
                    self.offend(name, number, 'public headers include only the standard library, abseil and each other')

    # Families of models are known to arch/ (names, switches), checkpoint/ and text/ (file formats) alone.
    def architecture_blind(self):
        for name in self.within('lib'):
            if name.parts[1] not in ('kernels', 'weights', 'decoder', 'sampling', 'session', 'chat'):
                continue
            for number, line in enumerate(self.read(name).splitlines(), 1):
                code = line.split('//')[0]
                if re.search(r'architecture\w*(\(\))?\s*[=!]=|"(qwen|llama|phi|chatglm|deepseek)', code, re.IGNORECASE):
                    self.offend(name, number, 'asks for a family of models by name; give lib/arch a switch instead')

    # A file that does not fit a head is two files. Scripts that made data are kept beside it as they were run.
    def file_length(self):
        for name in self.files:
            if name.suffix in CODE | {'.py', '.sh', '.cmake'} and name.parts[:2] not in (('examples', 'models'), ('tests', 'data')):
                lines = self.read(name).count('\n')
                if lines > MAX_LINES:
                    self.offend(name, lines, f'has more than {MAX_LINES} lines')

    # Failures are statuses. Containers throw when memory runs out, which base/catch_bad_alloc.h turns into one; nothing else throws.
    def no_throw(self):
        for name in self.within('lib', 'capi'):
            text = re.sub(r'/\*.*?\*/', lambda comment: '\n' * comment[0].count('\n'), self.read(name), flags=re.DOTALL)
            for number, line in enumerate(text.splitlines(), 1):
                code = re.sub(r'"(\\.|[^"\\])*"', '""', line.split('//')[0])
                if re.search(r'\bthrow\b|\b(assert|CHECK\w*|ABSL_ASSERT|ABSL_HARDENING_ASSERT|abort|exit)\s*\(|\bstd::(stoi|stol|stof|stod)\b', code):
                    self.offend(name, number, f'throws, asserts or ends the program: {line.strip()}')

    # Containers of which an allocation that fails leaves something broken behind, or ends the program.
    def out_of_memory(self):
        for name in self.within('lib', 'capi'):
            for number, line in enumerate(self.read(name).splitlines(), 1):
                code = line.split('//')[0]
                if re.search(r'absl::(flat|node)_hash_|std::filesystem::directory_iterator|simdjson::padded_string\b', code) and \
                        name.name != 'list_folder.cc':
                    self.offend(name, number, f'does not survive running out of memory; see lib/base/hash_table.h, list_folder.h: {line.strip()}')

    # Tokens such as <|User|> with wide bars may be named in comments; in the library's code they are written as escapes, so that
    # no editor or compiler setting changes them.
    def ascii(self):
        for name in self.within('lib', 'include', 'capi'):
            for number, line in enumerate(self.read(name).splitlines(), 1):
                if not line.split('//')[0].isascii():
                    self.offend(name, number, 'non-ASCII character outside of a comment')

    # Nothing half done, nothing that only exists on the author's machine.
    def leftovers(self):
        marks = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X|HA' r'CK)\b|<{7}|>{7}|/(ho' r'me|ro' r'ot|wo' r'rk)/')
        for name in self.files:
            if name.suffix in TEXT and name.parts[:2] != ('tests', 'data') and name.name != 'tokenizer.json':
                for number, line in enumerate(self.read(name).splitlines(), 1):
                    if marks.search(line):
                        self.offend(name, number, f'leftover: {line.strip()[:100]}')

    # Reading the headers is reading the manual: types and functions with parameters have a comment, at the top of their paragraph
    # or at the end of the line.
    def documented(self):
        for name in self.within('include'):
            for first, paragraph in paragraphs(self.read(name)):
                if any('//' in line for line in paragraph):
                    continue
                text = ' '.join(line.strip() for line in paragraph)
                if re.search(r'^(class|struct|enum)\b[^;]*\{|^using\b', text) or is_function(text):
                    self.offend(name, first, f'no comment: {text[:90]}')

    # One version, in four places.
    def versions(self):
        version = re.search(r'project\(reckon VERSION ([0-9.]+)', self.read('CMakeLists.txt'))[1]
        found = {
            'include/reckon/version.h': re.search(r'VERSION_STRING "(.*?)"', self.read('include/reckon/version.h'))[1],
            'include/reckon/version.h numbers': '.'.join(re.findall(r'VERSION_(?:MAJOR|MINOR|PATCH) (\d+)', self.read('include/reckon/version.h'))),
            'vcpkg.json': re.search(r'"version": "(.*?)"', self.read('vcpkg.json'))[1],
        }
        for where, value in found.items():
            if value != version:
                self.offend(where, 1, f'says {value}, CMakeLists.txt says {version}')
        if f'## [{version}]' not in self.read('CHANGELOG.md') and '## [Unreleased]' not in self.read('CHANGELOG.md'):
            self.offend('CHANGELOG.md', 1, f'has no section for {version}')

    # Links between the project's own documents.
    def links(self):
        for name in self.files:
            if name.suffix != '.md' or name.parts[:2] == ('examples', 'models'):
                continue
            for number, line in enumerate(self.read(name).splitlines(), 1):
                for target in re.findall(r'\]\(([^)#:]+?)(?:#[^)]*)?\)', line):
                    if not (self.root / name.parent / target).exists():
                        self.offend(name, number, f'link to nothing: {target}')

    # The programs shown in the README are those that are compiled and run.
    def snippet(self):
        for name in ('examples/hello.cc', 'examples/hello.c'):
            shown = re.search(rf'<!-- {name} -->\n```\w+\n(.*?)```', self.read('README.md'), re.DOTALL)
            if not shown or shown[1] != self.read(name):
                self.offend('README.md', 1, f'the program shown is not {name}')

    def shell(self):
        for name in self.files:
            if name.suffix == '.sh' or name.parts[0] == '.ci':
                shell = 'bash' if name.parts[0] == '.ci' else 'sh'
                result = subprocess.run([shell, '-n', self.root / name], capture_output=True, text=True)
                if result.returncode != 0:
                    self.offend(name, 1, result.stderr.strip())

    def included_first(self, header):
        source = header.with_suffix('.cc')
        if source not in self.files:
            return False
        first = re.search(r'^\s*#\s*include\s*(\S+)', self.read(source), re.MULTILINE)
        return bool(first) and first[1] == '"' + '/'.join(header.parts[1:]) + '"'

    # Every header compiles alone: it includes what it uses. A header in lib/ with a source file of its own is the first thing that the
    # source file includes, so the build checks it; headers for one instruction set need their own flags.
    def headers(self):
        def compile_alone(name):
            command = [self.compiler, '-std=c++20', '-Wall', '-Wextra', '-Wno-unused-function', '-Werror', '-fsyntax-only', '-x', 'c++',
                       f'-I{self.root}/include', *(f'-isystem{folder}' for folder in self.includes if folder and folder != '/usr/include')]
            if name.parts[0] == 'lib':
                command.append(f'-I{self.root}/lib')
            return name, subprocess.run([*command, '-include', self.root / name, os.devnull], capture_output=True, text=True)

        names = [name for name in self.within('include', 'lib', suffixes={'.h'}) if 'isa' not in name.parts
                 and not self.included_first(name)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for name, result in pool.map(compile_alone, names):
                if result.returncode != 0:
                    self.offend(name, 1, 'does not compile alone:\n' + result.stderr[:2000])


def paragraphs(text):
    """Runs of lines between blank lines, with the number of their first line."""
    first, current = 1, []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            if not current:
                first = number
            current.append(line)
        elif current:
            yield first, current
            current = []
    if current:
        yield first, current


def is_function(text):
    """Whether a paragraph declares a function that takes something, other than constructors, destructors and assignments."""
    for match in re.finditer(r'([\w~]+)\(([^)]+)\)', text):
        word, before = match[1], text[:match.start()].rstrip()
        if word in ('defined', 'if', 'while', 'return') or before.endswith(('operator', ':', ',')) or 'operator' in match[0]:
            continue
        if re.search(r'[\w>&*]$', before) and not before.endswith(('explicit', 'return', 'public:', 'private:')):
            return True
    return False


def main():
    rules = [name for name in vars(House) if not name.startswith('_') and name not in ('list_files', 'offend', 'read', 'within', 'included_first')]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('rule', choices=rules)
    parser.add_argument('--source', type=pathlib.Path, required=True)
    parser.add_argument('--compiler', default='c++')
    parser.add_argument('--includes', default='')
    arguments = parser.parse_args()
    house = House(arguments.source.resolve(), arguments.compiler, [f for f in arguments.includes.split(';') if '$<' not in f])
    getattr(house, arguments.rule)()
    print('\n'.join(house.offences) or f'{arguments.rule}: kept by {len(house.files)} files')
    return 1 if house.offences else 0


if __name__ == '__main__':
    sys.exit(main())
