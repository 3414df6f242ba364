"""reckon at a terminal: a pseudo-terminal stands in for a person's."""

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
import unittest

from programs import ASK, BIN, PUZZLE, TINY_R1, ProgramTest, environment


class Terminal:
    """A program that believes it talks to a person."""

    def __init__(self, *args, env=None, **changes):
        try:
            self.master, slave = pty.openpty()
        except OSError as error:  # a bare chroot
            raise unittest.SkipTest(f"no pseudo-terminal to be had: {error}") from error
        settings = {"TERM": "xterm", "LC_ALL": "C.UTF-8", **changes}
        self.process = subprocess.Popen([os.path.join(BIN, "reckon"), *args], stdin=slave, stdout=slave, stderr=slave,
                                        env={**(env or environment()), **settings}, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.raw = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    @property
    def output(self):
        """What was written and not yet taken by read_until."""
        return self.raw.decode("utf-8", "replace")

    def read_some(self, timeout=60):
        """Waits for more output."""
        chunk = b""
        if select.select([self.master], [], [], timeout)[0]:
            try:
                chunk = os.read(self.master, 4096)
            except OSError:  # Linux's way to say that the other end is closed
                pass
        if not chunk:
            raise AssertionError(f"nothing more after {self.output!r}")
        self.raw += chunk

    def read_until(self, text):
        """The output up to and with `text`, which it waits for."""
        while text.encode() not in self.raw:
            self.read_some()
        cut = self.raw.index(text.encode()) + len(text.encode())
        taken, self.raw = self.raw[:cut], self.raw[cut:]
        return taken.decode("utf-8", "replace")

    def type(self, text):
        os.write(self.master, text.encode())

    def exit_code(self, timeout=60):
        end = time.monotonic() + timeout
        while self.process.poll() is None and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    os.read(self.master, 4096)
                except OSError:
                    pass
        return self.process.poll()


class Chat(ProgramTest):
    def test_reasoning_is_dim_and_the_answer_plain(self):
        with Terminal("chat", *ASK, PUZZLE) as terminal:
            text = terminal.read_until("tokens/s")
        dim, plain = text.index("\033[2m"), text.index("\033[0m")
        self.assertIn("x+y=35", text[dim:plain])
        self.assertIn("23", text[plain:])
        self.assertNotIn("think>", text)

    def test_no_color(self):
        with Terminal("chat", *ASK, PUZZLE, NO_COLOR="1") as terminal:
            text = terminal.read_until("tokens/s")
        self.assertNotIn("\033[2m", text)
        self.assertIn("</think>", text)

    def test_folded_reasoning_is_one_line(self):
        with Terminal("chat", *ASK, "--hide-thinking", PUZZLE) as terminal:
            text = terminal.read_until("tokens/s")
        self.assertIn("thought: ", text)
        self.assertNotIn("x+y=35\r\n脚", text)
        self.assertIn("23", text)

    def test_conversation_with_a_stopped_answer(self):
        # Hot enough that the answer does not end by itself for a long time.
        with Terminal("chat", "-m", TINY_R1, "--temp", "5", "--seed", "1") as terminal:
            terminal.read_until("> ")
            terminal.type("hello\n")
            terminal.read_until("hello\r\n")
            while len(terminal.output) < 20:
                terminal.read_some()
            terminal.type("\x03")
            terminal.read_until("stopped")
            terminal.read_until("> ")
            terminal.type("/stats\n")
            terminal.read_until("memory:")
            terminal.read_until("> ")
            terminal.type("\x03")
            terminal.read_until("Ctrl-C again")
            terminal.read_until("> ")
            terminal.type("\x03")
            self.assertEqual(terminal.exit_code(), 130)

    def test_end_of_input_leaves(self):
        with Terminal("chat", *ASK) as terminal:
            terminal.read_until("> ")
            terminal.type("\x04")
            self.assertEqual(terminal.exit_code(), 0)

    def test_errors_do_not_end_a_conversation(self):
        with Terminal("chat", *ASK, "-c", "64", "-n", "16") as terminal:
            terminal.read_until("> ")
            terminal.type("12+30=? " * 60 + "\n")
            terminal.read_until("reckon: ")
            terminal.read_until("> ")
            terminal.type("/exit\n")
            self.assertEqual(terminal.exit_code(), 0)


if __name__ == "__main__":
    unittest.main()
