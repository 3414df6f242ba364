"""Starts the built programs for the tests beside this file."""

import os
import subprocess
import unittest

BIN = os.environ["RECKON_BIN"]
TINY_R1 = os.environ["RECKON_TINY_R1"]
PUZZLE = "鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？"
SUM = "What is 12 + 30?"  # 42
# float32 and greedy, so that answers do not depend on the instruction set.
ASK = ("-m", TINY_R1, "-w", "f32", "--greedy")


def environment(**changes):
    """The environment of the tests without what would change the programs' behaviour; None removes a variable."""
    result = {key: value for key, value in os.environ.items() if key not in ("RECKON_MODEL", "RECKON_ISA", "NO_COLOR")}
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = value
    return result


def run(program, *args, stdin="", env=None, timeout=240):
    return subprocess.run([os.path.join(BIN, program), *args], input=stdin, capture_output=True, encoding="utf-8",
                          env=env or environment(), timeout=timeout, check=False)


def reckon(*args, **options):
    return run("reckon", *args, **options)


class ProgramTest(unittest.TestCase):
    def assert_exit(self, finished, code):
        self.assertEqual(finished.returncode, code, f"stdout: {finished.stdout}\nstderr: {finished.stderr}")

    def assert_one_line_error(self, finished, *words, code=1):
        self.assert_exit(finished, code)
        self.assertEqual(finished.stdout, "")
        lines = finished.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, finished.stderr)
        for word in words:
            self.assertIn(word, lines[0])
