#!/usr/bin/env python3
"""Runs the tests of the chat page with Playwright in a virtual environment of the build tree: run.py VENV TEST.py [ARGUMENTS...].
Skipped (77) where there is no Chromium, or where Playwright is not installed and cannot be."""
import os
import pathlib
import shutil
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


def skip(why):
    print(f"skipped: {why}", flush=True)
    sys.exit(SKIPPED)


def prepare(folder):
    """The environment's Python, with what requirements.txt names."""
    python = folder / "bin" / "python"
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    installed = folder / "requirements.txt"
    if python.exists() and installed.exists() and installed.read_text(encoding="utf-8") == wanted:
        return python
    try:
        venv.create(folder, clear=True, with_pip=True)
    except (OSError, subprocess.SubprocessError) as error:
        skip(f"no virtual environment can be made (Debian: python3-venv): {error}")
    pip = subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", HERE / "requirements.txt"],
                         capture_output=True, text=True, check=False)
    if pip.returncode != 0:
        skip(f"Playwright cannot be installed: {pip.stderr.strip()[-500:]}")
    installed.write_text(wanted, encoding="utf-8")
    return python


def main():
    chromium = os.environ.get("RECKON_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        skip("there is no Chromium (Debian: chromium); RECKON_CHROMIUM names one")
    if not os.path.exists(os.environ["RECKON_PAGE_AXE"]):
        skip("the chat page was not made; the build said why")
    python = prepare(pathlib.Path(sys.argv[1]).resolve())
    return subprocess.run([python, "-B", *sys.argv[2:]], env={**os.environ, "RECKON_CHROMIUM": chromium}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
