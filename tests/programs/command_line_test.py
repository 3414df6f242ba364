"""What every subcommand of reckon has in common: help, version, exit codes, the default model."""

import os
import unittest

from programs import TINY_R1, ProgramTest, environment, reckon


class CommandLine(ProgramTest):
    def test_version_and_help(self):
        finished = reckon("--version")
        self.assert_exit(finished, 0)
        self.assertRegex(finished.stdout, r"^reckon \d+\.\d+\.\d+\n$")
        finished = reckon("--help")
        self.assert_exit(finished, 0)
        for command in ("chat", "run", "inspect", "tokenize"):
            self.assertIn(command, finished.stdout)
            sub = reckon(command, "--help")
            self.assert_exit(sub, 0)
            self.assertIn("--model", sub.stdout)

    def test_wrong_command_lines(self):
        for args in ((), ("fly",), ("run", "--no-such-option"), ("run", "-w", "q3"), ("run", "-p", "a", "-f", "b"),
                     ("run", "--memory-limit", "much"), ("chat", "-t", "many"), ("inspect", "-c", "0"), ("help", "fly"),
                     ("help", "--man", "--completion", "bash")):
            with self.subTest(args):
                finished = reckon(*args)
                self.assert_exit(finished, 2)
                self.assertEqual(finished.stdout, "")
                self.assertTrue(finished.stderr)

    def test_model_that_is_not_there(self):
        self.assert_one_line_error(reckon("run", "-m", "/no/such/model", "-p", "hello"), "/no/such/model")

    def test_model_that_is_none(self):
        self.assert_one_line_error(reckon("run", "-m", __file__, "-p", "hello"), os.path.basename(__file__))

    def test_default_model(self):
        finished = reckon("tokenize", "--ids", "--text", "12")
        self.assert_exit(finished, 0)
        self.assertEqual(finished.stdout, reckon("tokenize", "-m", TINY_R1, "--ids", "--text", "12").stdout)
        finished = reckon("tokenize", "--ids", "--text", "12", env=environment(RECKON_MODEL="/no/such/model"))
        self.assert_one_line_error(finished, "/no/such/model")


if __name__ == "__main__":
    unittest.main()
