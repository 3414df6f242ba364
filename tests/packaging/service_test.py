#!/usr/bin/env python3
"""systemd accepts the unit of `reckon serve`, without a complaint, and finds it well enclosed.

    service_test.py --program bin/reckon --unit reckon.service
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
MOST_EXPOSURE = 2.0  # of 10, as systemd-analyze security counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', required=True)
    parser.add_argument('--unit', required=True)
    arguments = parser.parse_args()
    text = pathlib.Path(arguments.unit).read_text(encoding='utf-8')
    command, = re.findall(r'^ExecStart=reckon (\w+)', text, re.MULTILINE)
    subprocess.run([arguments.program, command, '--help'], check=True, stdout=subprocess.DEVNULL)
    if not shutil.which('systemd-analyze'):
        print('systemd-analyze is not installed: skipped')
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder, 'reckon.service')
        # systemd looks for programs on its own path, where this one is not installed.
        unit.write_text(text.replace('ExecStart=reckon', f'ExecStart={arguments.program}'), encoding='utf-8')
        environment = {**os.environ, 'XDG_RUNTIME_DIR': folder, 'HOME': folder, 'SYSTEMD_LOG_LEVEL': 'warning'}

        def analyze(*words):
            return subprocess.run(['systemd-analyze', '--user', *words], env=environment, capture_output=True, encoding='utf-8', check=False)

        verified = analyze('--man=no', 'verify', str(unit))
        complaints = [line for line in verified.stderr.splitlines() if 'root privileges' not in line]
        if verified.returncode != 0 or complaints:
            sys.exit(f'systemd-analyze verify: {verified.returncode} {complaints}')
        security = analyze('--offline=true', '--no-pager', 'security', str(unit))
        exposure = re.search(r'Overall exposure level for \S+: ([\d.]+)', security.stdout)
        if not exposure:
            sys.exit(f'systemd-analyze security: {security.stdout} {security.stderr}')
        print('exposure:', exposure[1])
        if float(exposure[1]) > MOST_EXPOSURE:
            sys.exit(f'that is more than {MOST_EXPOSURE}')


if __name__ == '__main__':
    main()
