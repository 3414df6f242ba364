#!/usr/bin/env python3
"""The Python package as its users get it: a wheel in a virtual environment, outside of the source tree.

    python_package.py STEP --source DIR --build DIR --work DIR

    wheel   stages the library that is built, makes a wheel of it, installs it, runs the README's program, twine check, auditwheel show
    suite   runs pytest with the installed package (after `wheel`)
    types   mypy --strict and pdoc, both without a warning (after `wheel`)

What comes from a package index is fetched once, into the work folder. Without a network the steps are skipped (77).
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
# What the steps need; what only checks the wheel is fetched apart, so that the rest does not depend on it.
NEEDED = ['scikit-build-core', 'cffi', 'pytest', 'numpy', 'mypy', 'types-cffi', 'pdoc']
CHECKS = ['twine', 'auditwheel']


class Package:
    def __init__(self, arguments):
        self.source, self.build, self.work = (pathlib.Path(path).resolve() for path in (arguments.source, arguments.build, arguments.work))
        self.project = self.source / 'capi/bindings/python'
        self.model = self.source / 'examples/models/tiny-r1'
        self.python = self.work / 'venv/bin/python'
        self.work.mkdir(parents=True, exist_ok=True)

    def run(self, *command, **keywords):
        print('+', *command, flush=True)
        return subprocess.run([str(part) for part in command], check=True, **keywords)

    def environment(self):
        """The virtual environment, made anew if something in it is missing."""
        stamp = self.work / 'environment'
        if not stamp.exists() or stamp.read_text(encoding='utf-8') != ' '.join(NEEDED):
            shutil.rmtree(self.work / 'venv', ignore_errors=True)
            try:
                self.run(sys.executable, '-m', 'venv', self.work / 'venv')
                self.run(self.python, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', *NEEDED)
            except subprocess.CalledProcessError:
                print('no virtual environment with', *NEEDED, 'can be made here (no python3-venv, or no network): skipped')
                sys.exit(SKIPPED)
            stamp.write_text(' '.join(NEEDED), encoding='utf-8')

    def wheel(self):
        self.environment()
        stage, wheels = self.work / 'stage', self.work / 'wheels'
        for folder in (stage, wheels):
            shutil.rmtree(folder, ignore_errors=True)
        self.run('cmake', '--install', self.build, '--prefix', stage, stdout=subprocess.DEVNULL)
        self.run(self.python, '-m', 'pip', 'wheel', '-q', '--no-deps', '--no-build-isolation', '--no-index', '-w', wheels, self.project,
                 env=dict(os.environ, CMAKE_PREFIX_PATH=str(stage), PATH=f'{self.python.parent}:{os.environ["PATH"]}'))
        wheel, = wheels.glob('*.whl')
        print(wheel.name)
        if not re.fullmatch(r'reckon-[\d.]+-py3-none-linux_\w+\.whl', wheel.name):
            sys.exit('the wheel is not for every Python 3 on this platform')
        self.run(self.python, '-m', 'pip', 'install', '-q', '--no-deps', '--no-index', '--force-reinstall', wheel)
        self.readme()
        self.check(wheel)

    def readme(self):
        """Runs the README's program as a user would: another folder, nothing of the source tree on any path."""
        text = (self.project / 'README.md').read_text(encoding='utf-8')
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, 'program.py')
            program.write_text(re.search(r'```python\n(.*?)```', text, re.DOTALL)[1], encoding='utf-8')
            clean = {name: value for name, value in os.environ.items() if not name.startswith(('PYTHON', 'RECKON', 'LD_'))}
            answer = self.run(self.python, program, self.model, cwd=folder, env=clean, stdout=subprocess.PIPE, encoding='utf-8').stdout
        print(answer)
        if '鸡有23只，兔有12只' not in answer:
            sys.exit('that is not the answer')

    def check(self, wheel):
        tools = self.work / 'checks'
        if not (tools / 'bin/auditwheel').exists():
            self.run(sys.executable, '-m', 'venv', tools)
            if subprocess.run([tools / 'bin/python', '-m', 'pip', 'install', '-q', '--disable-pip-version-check', *CHECKS]).returncode != 0:
                shutil.rmtree(tools)
                print('twine and auditwheel cannot be fetched here: the wheel is not checked with them')
                return
        self.run(tools / 'bin/twine', 'check', '--strict', wheel)
        self.run(tools / 'bin/auditwheel', 'show', wheel)

    def installed(self):
        if not (self.work / 'wheels').exists():
            print('there is no wheel: run bindings.python_wheel first')
            sys.exit(SKIPPED)

    def suite(self):
        self.installed()
        self.run(self.python, '-B', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-rP', self.project / 'tests', cwd=self.work,
                 env=dict(os.environ, RECKON_TINY_R1=str(self.model)))

    def types(self):
        self.installed()
        self.run(self.python, '-m', 'mypy', '--strict', '--cache-dir', self.work / 'mypy', '-p', 'reckon', cwd=self.work)
        shown = self.run(self.python, '-W', 'error', '-m', 'pdoc', '-o', self.work / 'api', 'reckon', cwd=self.work, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, encoding='utf-8').stdout
        print(shown)
        if 'arn' in shown or not (self.work / 'api/reckon.html').exists():
            sys.exit('pdoc has warnings')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('step', choices=['wheel', 'suite', 'types'])
    for name in ('source', 'build', 'work'):
        parser.add_argument('--' + name, required=True)
    arguments = parser.parse_args()
    try:
        getattr(Package(arguments), arguments.step)()
    except subprocess.CalledProcessError as error:
        sys.exit(f'failed with {error.returncode}')


if __name__ == '__main__':
    main()
