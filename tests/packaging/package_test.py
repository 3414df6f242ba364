#!/usr/bin/env python3
"""The packages that cpack makes of this build.

    package_test.py STEP --build DIR --cpack CPACK --work DIR

    build    makes them; the archive and the Debian packages hold what they should, lintian finds no error, and the programs run from
             where they were unpacked
    chroot   with RECKON_TEST_CHROOT=1: installs them with apt in a Debian of their own, made by debootstrap, and asks a question there
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

SKIPPED = 77
PUZZLE = '鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？'
# package: what must be in it, as regular expressions; and what must not.
CONTENTS = {
    'reckon': (['usr/bin/reckon', 'usr/bin/reckon-bench', r'usr/share/man/man1/reckon\.1\.gz', r'usr/share/man/man1/reckon-chat\.1\.gz',
                r'usr/share/man/man1/reckon-bench\.1\.gz', 'usr/share/bash-completion/completions/reckon', 'usr/share/zsh/vendor-completions/_reckon',
                r'usr/share/fish/vendor_completions\.d/reckon\.fish', r'usr/lib/systemd/user/reckon\.service', r'usr/share/reckon/models/tiny-r1/config\.json',
                r'usr/share/reckon/models/tiny-r1/model\.safetensors', 'usr/share/doc/reckon/copyright', r'usr/share/doc/reckon/changelog\.gz',
                r'usr/share/doc/reckon/changelog\.Debian\.gz'],
               [r'.*\.(a|h|so|pc|cmake)', r'.*libreckon.*', '.*site-functions.*']),
    'libreckon1': ([r'usr/lib/(.*/)?libreckon\.so\.1', r'usr/lib/(.*/)?libreckon\.so\.1\.\d+\.\d+', 'usr/share/doc/libreckon1/copyright'],
                   [r'.*\.(a|h|so|pc|cmake)', 'usr/bin/.*']),
    'libreckon-dev': (['usr/include/reckon_c.h', 'usr/include/reckon/reckon.h', r'usr/lib/(.*/)?libreckon\.a', r'usr/lib/(.*/)?libreckon\.so',
                       r'usr/lib/(.*/)?pkgconfig/reckon\.pc', r'usr/lib/(.*/)?cmake/reckon/reckonConfig\.cmake', 'usr/share/doc/libreckon-dev/copyright'],
                      ['usr/bin/.*']),
}
# In the archive, everything is below one folder, as cmake --install puts it.
ARCHIVED = ['bin/reckon', 'include/reckon/reckon.h', r'share/man/man1/reckon-chat\.1', 'share/zsh/site-functions/_reckon', 'share/doc/reckon/LICENSE',
            'share/doc/reckon/copyright', r'share/reckon/models/tiny-r1/model\.safetensors']


def run(*command, **keywords):
    print('+', *command, flush=True)
    return subprocess.run([str(part) for part in command], check=True, **keywords)


def output(*command, **keywords):
    return run(*command, stdout=subprocess.PIPE, encoding='utf-8', **keywords).stdout


def skip(*message):
    print(*message, 'skipped')
    sys.exit(SKIPPED)


def check_names(package, names, wanted, unwanted=()):
    for pattern in wanted:
        if not any(re.fullmatch(pattern, name) for name in names):
            sys.exit(f'{package}: nothing in it is {pattern}')
    for pattern in unwanted:
        if wrong := [name for name in names if re.fullmatch(pattern, name)]:
            sys.exit(f'{package}: {wrong} should not be in it')


def check_answer(*command, **keywords):
    """The program chats: 23 chickens, 12 rabbits."""
    answer = output(*command, **keywords)
    print(answer)
    if '鸡有23只，兔有12只' not in answer:
        sys.exit('that is not the answer')


class Packages:
    def __init__(self, arguments):
        self.build, self.work, self.cpack = pathlib.Path(arguments.build), pathlib.Path(arguments.work), arguments.cpack
        self.folder = self.work / 'packages'

    def debian(self):
        return {package.name.split('_')[0]: package for package in sorted(self.folder.glob('*.deb'))}

    def make(self):
        if not shutil.which('dpkg-deb') or not shutil.which('dpkg-shlibdeps'):
            skip('dpkg-deb and dpkg-shlibdeps are not installed:')
        shutil.rmtree(self.folder, ignore_errors=True)
        run(self.cpack, '--config', self.build / 'CPackConfig.cmake', '-B', self.folder, cwd=self.build, stdout=subprocess.DEVNULL)
        shutil.rmtree(self.folder / '_CPack_Packages')
        archive, = self.folder.glob('*.tar.gz')
        with tarfile.open(archive) as file:
            check_names(archive.name, [member.name.partition('/')[2] for member in file if not member.isdir()], ARCHIVED)
        packages = self.debian()
        if set(packages) != set(CONTENTS):
            sys.exit(f'made {sorted(packages)}')
        for name, (wanted, unwanted) in CONTENTS.items():
            lines = output('dpkg-deb', '-c', packages[name]).splitlines()
            names = [line.split(None, 5)[5].partition(' -> ')[0].removeprefix('./') for line in lines]
            check_names(name, [path for path in names if not path.endswith('/')], wanted, unwanted)
            if foreign := [line for line in lines if line.split()[1] != 'root/root']:
                sys.exit(f'{name}: not of root: {foreign}')
        depends = output('dpkg-deb', '-f', packages['reckon'], 'Depends')
        print(depends)
        if 'libc6' not in depends or 'libabsl' not in depends:
            sys.exit('dpkg-shlibdeps found too little')
        root = self.work / 'unpacked'
        shutil.rmtree(root, ignore_errors=True)
        run('dpkg-deb', '-x', packages['reckon'], root)
        clean = {'PATH': '/usr/bin:/bin', 'LC_ALL': 'C.UTF-8', 'HOME': '/nonexistent'}
        check_answer(root / 'usr/bin/reckon', 'chat', '--seed', '1', PUZZLE, env=clean)
        shutil.rmtree(root)
        if not shutil.which('lintian'):
            skip('lintian is not installed:')
        run('lintian', '--fail-on', 'error', '--allow-root', *packages.values())

    def chroot(self):
        if not os.environ.get('RECKON_TEST_CHROOT'):
            skip('RECKON_TEST_CHROOT=1 is not set:')
        if os.geteuid() != 0 or not shutil.which('debootstrap'):
            skip('this needs root and debootstrap:')
        root = self.work / 'chroot'
        if not (root / 'etc/debian_version').exists():
            shutil.rmtree(root, ignore_errors=True)
            fresh = self.work / 'chroot.new'
            shutil.rmtree(fresh, ignore_errors=True)
            run('debootstrap', '--variant=minbase', 'bookworm', fresh, stdout=subprocess.DEVNULL)
            fresh.rename(root)
        names = []
        for package in self.debian().values():
            shutil.copy(package, root / 'tmp')
            names.append(f'/tmp/{package.name}')
        clean = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND': 'noninteractive', 'LC_ALL': 'C.UTF-8', 'HOME': '/root'}

        def inside(*command, see=output):
            return see('chroot', root, *command, env=clean)

        inside('apt-get', 'update', '-q')
        inside('apt-get', 'install', '-q', '-y', '--no-install-recommends', *names)
        check_answer('chroot', root, 'reckon', 'chat', '--seed', '1', PUZZLE, env=clean)
        inside('reckon-bench', '--help')
        if 'libreckon.so.1' not in inside('ldconfig', '-p'):
            sys.exit('the linker does not find libreckon.so.1')
        inside('apt-get', 'purge', '-q', '-y', *CONTENTS)
        if left := [str(path) for path in root.glob('usr/**/*reckon*')]:
            sys.exit(f'left behind: {left}')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('step', choices=['build', 'chroot'])
    for name in ('build', 'cpack', 'work'):
        parser.add_argument('--' + name, required=True)
    arguments = parser.parse_args()
    packages = Packages(arguments)
    try:
        packages.make() if arguments.step == 'build' else packages.chroot()
    except subprocess.CalledProcessError as error:
        sys.exit(f'failed with {error.returncode}')


if __name__ == '__main__':
    main()
