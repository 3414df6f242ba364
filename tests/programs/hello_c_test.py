"""The C example that people copy."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
import unittest

from programs import BIN, PUZZLE, TINY_R1, ProgramTest, environment, run


class HelloC(ProgramTest):
    def test_answers(self):
        finished = run("hello-c", TINY_R1, PUZZLE)
        self.assert_exit(finished, 0)
        self.assertIn("鸡有23只，兔有12只", finished.stdout)
        self.assertEqual(finished.stdout, run("hello", TINY_R1, PUZZLE).stdout)

    def test_question_is_quoted(self):
        self.assert_exit(run("hello-c", TINY_R1, 'a "quoted" \\ question\n\t\x01'), 0)

    def test_errors(self):
        self.assert_one_line_error(run("hello-c"), "path")
        self.assert_one_line_error(run("hello-c", "/no/such/model"), "/no/such/model")

    @unittest.skipUnless(sys.platform == "linux", "needs the size of a pipe")
    def test_interrupt_ends_the_answer(self):
        # The pipe has room for a part of the answer only: whenever the signal comes, the answer is not at its end.
        room = 64
        reading, writing = os.pipe()
        filler = fcntl.fcntl(writing, 1032) - room  # F_GETPIPE_SZ
        os.write(writing, b"." * filler)
        with subprocess.Popen([os.path.join(BIN, "hello-c"), TINY_R1, PUZZLE], stdout=writing, stderr=subprocess.PIPE,
                              env=environment()) as process:
            os.close(writing)
            while self.waiting(reading) == filler:
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            output = b""
            while piece := os.read(reading, 65536):
                output += piece
            errors = process.stderr.read().decode()
            self.assertEqual(process.wait(240), 1, errors)
        os.close(reading)
        self.assertIn("cancelled", errors)
        self.assertGreater(len(output), filler)
        self.assertLess(len(output), filler + room + 16)

    def waiting(self, pipe):
        return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4), sys.byteorder)

    def test_is_short(self):
        source = os.path.join(os.path.dirname(TINY_R1), "..", "hello.c")
        with open(source, encoding="utf-8") as file:
            self.assertLess(len(file.readlines()), 80)


if __name__ == "__main__":
    unittest.main()
