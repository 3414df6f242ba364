"""The example that people copy."""

import os
import unittest

from programs import PUZZLE, TINY_R1, ProgramTest, run


class Hello(ProgramTest):
    def test_answers(self):
        finished = run("hello", TINY_R1, PUZZLE)
        self.assert_exit(finished, 0)
        self.assertIn("</think>", finished.stdout)
        self.assertTrue(finished.stdout.endswith("\n"))

    def test_errors(self):
        self.assert_one_line_error(run("hello"), "usage")
        self.assert_one_line_error(run("hello", "/no/such/model"), "/no/such/model")

    def test_is_short(self):
        source = os.path.join(os.path.dirname(TINY_R1), "..", "hello.cc")
        with open(source, encoding="utf-8") as file:
            self.assertLess(len(file.readlines()), 40)


if __name__ == "__main__":
    unittest.main()
