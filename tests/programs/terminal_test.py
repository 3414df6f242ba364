"""reckon at a terminal: a pseudo-terminal stands in for a person's."""

import os
import pty
import select
import subprocess
import time
import unittest

from programs import BIN, PUZZLE, TINY_R1, ProgramTest, environment


class Terminal:
    """A program that believes it talks to a person."""

    def __init__(self, *args, **env):
        self.master, slave = pty.openpty()
        settings = {"TERM": "xterm", "LC_ALL": "C.UTF-8", **env}
        self.process = subprocess.Popen([os.path.join(BIN, "reckon"), *args], stdin=slave, stdout=slave, stderr=slave,
                                        env=environment(**settings), close_fds=True)
        os.close(slave)
        self.output = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def read_until(self, text, timeout=120):
        """The output up to and with `text`, which it waits for."""
        end = time.monotonic() + timeout
        raw = self.output.encode()
        while text not in raw.decode("utf-8", "replace"):
            if time.monotonic() > end:
                raise AssertionError(f"no {text!r} in {raw.decode('utf-8', 'replace')!r}")
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    chunk = os.read(self.master, 4096)
                except OSError:  # Linux's way to say that the other end is closed
                    chunk = b""
                if not chunk:
                    break
                raw += chunk
        whole = raw.decode("utf-8", "replace")
        if text not in whole:
            raise AssertionError(f"no {text!r} in {whole!r}")
        cut = whole.index(text) + len(text)
        self.output = whole[cut:]
        return whole[:cut]

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
        with Terminal("chat", "-m", TINY_R1, "--greedy", PUZZLE) as terminal:
            text = terminal.read_until("tokens/s")
        dim, plain = text.index("\033[2m"), text.index("\033[0m")
        self.assertIn("x+y=35", text[dim:plain])
        self.assertIn("23", text[plain:])
        self.assertNotIn("think>", text)

    def test_no_color(self):
        with Terminal("chat", "-m", TINY_R1, "--greedy", PUZZLE, NO_COLOR="1") as terminal:
            text = terminal.read_until("tokens/s")
        self.assertNotIn("\033[2m", text)
        self.assertIn("</think>", text)

    def test_folded_reasoning_is_one_line(self):
        with Terminal("chat", "-m", TINY_R1, "--greedy", "--hide-thinking", PUZZLE) as terminal:
            text = terminal.read_until("tokens/s")
        self.assertIn("thought: ", text)
        self.assertNotIn("x+y=35\r\n脚", text)
        self.assertIn("23", text)

    def test_conversation_with_a_stopped_answer(self):
        with Terminal("chat", "-m", TINY_R1, "--greedy") as terminal:
            terminal.read_until("> ")
            terminal.type(PUZZLE + "\n")
            terminal.read_until("设鸡")
            terminal.type("\x03")
            terminal.read_until("stopped")
            terminal.read_until("> ")
            terminal.type("12+30=?\n")
            self.assertIn("42", terminal.read_until("tokens/s"))
            terminal.read_until("> ")
            terminal.type("\x03")
            terminal.read_until("Ctrl-C again")
            terminal.read_until("> ")
            terminal.type("\x03")
            self.assertEqual(terminal.exit_code(), 130)

    def test_end_of_input_leaves(self):
        with Terminal("chat", "-m", TINY_R1, "--greedy") as terminal:
            terminal.read_until("> ")
            terminal.type("\x04")
            self.assertEqual(terminal.exit_code(), 0)

    def test_errors_do_not_end_a_conversation(self):
        with Terminal("chat", "-m", TINY_R1, "--greedy", "-c", "64", "-n", "16") as terminal:
            terminal.read_until("> ")
            terminal.type("12+30=? " * 60 + "\n")
            terminal.read_until("reckon: ")
            terminal.read_until("> ")
            terminal.type("/exit\n")
            self.assertEqual(terminal.exit_code(), 0)


if __name__ == "__main__":
    unittest.main()
