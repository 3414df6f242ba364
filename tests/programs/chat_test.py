"""reckon chat through pipes."""

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

from programs import ASK, BIN, PUZZLE, SUM, TINY_R1, ProgramTest, environment, reckon


def pdf(line):
    """A PDF file of one page with one line of text."""
    content = f"BT /F1 24 Tf 72 700 Td ({line}) Tj ET".encode("ascii")
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
               b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
               b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)]
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(out))


class Chat(ProgramTest):
    def test_question_on_the_command_line(self):
        finished = reckon("chat", *ASK, PUZZLE)
        self.assert_exit(finished, 0)
        reasoning, answer = finished.stdout.split("</think>")
        self.assertTrue(reasoning.startswith("<think>\n"), reasoning)
        self.assertIn("x+y=35", reasoning)
        self.assertIn("23", answer)
        self.assertIn("12", answer)
        self.assertNotIn("\033", finished.stdout)  # a pipe gets plain text
        self.assertIn("tokens/s", finished.stderr)

    def test_every_line_is_a_question(self):
        finished = reckon("chat", *ASK, "-q", stdin=f"{PUZZLE}\n\n{SUM}")
        self.assert_exit(finished, 0)
        self.assertEqual(finished.stdout.count("<think>"), 2)
        self.assertIn("42", finished.stdout.split("</think>")[2])
        self.assertEqual(finished.stderr, "")

    def test_hidden_reasoning(self):
        finished = reckon("chat", *ASK, "--hide-thinking", PUZZLE)
        self.assert_exit(finished, 0)
        self.assertNotIn("think", finished.stdout)
        self.assertNotIn("检验", finished.stdout)
        self.assertIn("23", finished.stdout)

    def test_history_reaches_the_model_and_known_tokens_are_reused(self):
        finished = reckon("chat", *ASK, stdin=f"{SUM}\n{SUM}\n")
        self.assert_exit(finished, 0)
        prompts = [int(line.split("prompt: ")[1].split()[0]) for line in finished.stderr.splitlines()]
        self.assertEqual(len(prompts), 2)
        self.assertGreater(prompts[1], prompts[0] * 2)
        self.assertIn("known", finished.stderr.splitlines()[1])

    def test_reuse_does_not_change_answers(self):
        # A session of one question at a time against one that keeps its cache between them.
        whole = reckon("chat", *ASK, "-q", stdin=f"/clear\n{PUZZLE}\n/clear\n{SUM}\n")
        parts = [reckon("chat", *ASK, "-q", text) for text in (PUZZLE, SUM)]
        self.assertEqual(whole.stdout, parts[0].stdout + parts[1].stdout)

    def test_clear_and_regenerate(self):
        finished = reckon("chat", *ASK, stdin=f"{SUM}\n/regen\n/clear\n{SUM}\n")
        self.assert_exit(finished, 0)
        prompts = [line.split("prompt: ")[1].split()[0] for line in finished.stderr.splitlines()]
        self.assertEqual(prompts[0], prompts[1])
        self.assertEqual(prompts[0], prompts[2])
        length = len(finished.stdout) // 3
        self.assertEqual(finished.stdout, finished.stdout[:length] * 3)

    def test_commands(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "chat.json")
            finished = reckon("chat", *ASK, "-q", "--hide-thinking",
                              stdin=f"/help\n/system Be brief.\n{SUM}\n/stats\n/think\n/save {file}\n/exit\nnever asked\n")
            self.assert_exit(finished, 0)
            for text in ("/regen", "context:", "memory:", "reasoning is shown"):
                self.assertIn(text, finished.stderr)
            with open(file, encoding="utf-8") as saved:
                messages = json.load(saved)["messages"]
            self.assertEqual([message["role"] for message in messages], ["system", "user", "assistant"])
            self.assertEqual(messages[1]["content"], SUM)
            self.assertIn("</think>", messages[2]["content"])

    def test_unknown_command_is_said_and_remembered(self):
        finished = reckon("chat", *ASK, "-q", stdin=f"/nonsense\n{SUM}\n")
        self.assert_exit(finished, 1)
        self.assertIn("/nonsense", finished.stderr)
        self.assertIn("42", finished.stdout)

    def test_empty_input(self):
        finished = reckon("chat", "-m", TINY_R1, stdin="")
        self.assert_exit(finished, 0)
        self.assertEqual(finished.stdout, "")

    def test_invalid_utf8_is_survived(self):
        finished = subprocess.run([os.path.join(BIN, "reckon"), "chat", *ASK, "-q", "-n", "8"],
                                  input=b"\xff\xfe 12\n\xe9\xb8", capture_output=True, env=environment(),
                                  timeout=240, check=False)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        finished.stdout.decode("utf-8")

    def test_stop_string(self):
        finished = reckon("chat", *ASK, "-q", "--stop", "</think>", PUZZLE)
        self.assert_exit(finished, 0)
        self.assertIn("检验", finished.stdout)
        self.assertNotIn("**", finished.stdout)

    def test_session_is_kept_and_taken_up(self):
        with tempfile.TemporaryDirectory() as folder:
            env = environment(XDG_DATA_HOME=folder)
            first = reckon("chat", *ASK, "--session", "mine", SUM, env=env)
            self.assert_exit(first, 0)
            self.assertEqual(os.listdir(os.path.join(folder, "reckon")), ["mine.reckon"])
            second = reckon("chat", *ASK, "--session", "mine", stdin=f"{PUZZLE}\n/clear\n", env=env)
            self.assert_exit(second, 0)
            self.assertIn("2 messages", second.stderr)
            together = reckon("chat", *ASK, stdin=f"{SUM}\n{PUZZLE}\n")
            self.assertEqual(first.stdout + second.stdout, together.stdout)
            self.assertEqual(together.stderr.splitlines()[1].split(" tokens (")[1].split(" known")[0],
                             second.stderr.splitlines()[1].split(" tokens (")[1].split(" known")[0])
            with open(os.path.join(folder, "reckon", "mine.reckon"), "r+b") as file:
                file.seek(60)
                file.write(b"damage")
            damaged = reckon("chat", *ASK, "--session", "mine", SUM, env=env)
            self.assert_one_line_error(damaged, "mine.reckon", "checksum")

    def test_documents(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "zoo.md"), "w", encoding="utf-8") as file:
                file.write("# Owls\n\nThe owl eats 12 mice.\n")
            with open(os.path.join(folder, "fish.html"), "w", encoding="utf-8") as file:
                file.write("<html><script>var x = 1;</script><h1>Pike</h1><p>The pike eats 30 &amp; more worms.</p></html>")
            with open(os.path.join(folder, "broken.pdf"), "wb") as file:
                file.write(b"%PDF-nothing")
            finished = reckon("chat", *ASK, "-n", "30", "--docs", folder, stdin="What does the owl eat?\nAnd the pike?\n")
            self.assert_exit(finished, 0)
            self.assertIn("[2 documents]", finished.stderr)
            self.assertIn("broken.pdf is left out", finished.stderr)
            self.assertIn("from zoo.md, lines 3 to 3: Owls", finished.stderr)
            self.assertIn("from fish.html", finished.stderr)
            nothing = reckon("chat", *ASK, "--docs", os.path.join(folder, "no"), SUM)
            self.assert_one_line_error(nothing, "no document")

    @unittest.skipUnless(shutil.which("pdftotext"), "pdftotext (poppler) is not installed")
    def test_pdf_documents(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "otters.pdf"), "wb") as file:
                file.write(pdf("The otter eats 9 crabs."))
            finished = reckon("chat", *ASK, "-n", "30", "--docs", folder, stdin="What does the otter eat?\n")
            self.assert_exit(finished, 0)
            self.assertIn("[1 document]", finished.stderr)
            self.assertIn("from otters.pdf", finished.stderr)

    def test_thinking_budget(self):
        finished = reckon("chat", *ASK, "--think-budget", "20", PUZZLE)
        self.assert_exit(finished, 0)
        reasoning, answer = finished.stdout.split("</think>")
        self.assertIn("时间有限", reasoning)
        self.assertNotEqual(answer.strip(), "")
        self.assertIn("budget", finished.stderr)

    def test_no_thinking(self):
        finished = reckon("chat", *ASK, "--no-think", SUM)
        self.assert_exit(finished, 0)
        self.assertNotIn("think", finished.stdout)
        self.assertNotEqual(finished.stdout.strip(), "")

    def test_context_that_fills_up_forgets_the_oldest_turns(self):
        finished = reckon("chat", *ASK, "-c", "160", "-n", "40", stdin=f"{SUM}\n" * 9)
        self.assert_exit(finished, 0)
        self.assertIn("no longer seen", finished.stderr)

    def test_question_longer_than_the_context(self):
        finished = reckon("chat", *ASK, "-c", "64", "12 + 30 " * 100)
        self.assert_one_line_error(finished, "64")

    def test_ctrl_c_stops_the_answer_and_the_program_goes_on(self):
        # Hot enough that the answer does not end by itself for a long time.
        process = subprocess.Popen([os.path.join(BIN, "reckon"), "chat", "-m", TINY_R1, "--temp", "5", "--seed", "1"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment(), bufsize=0)
        guard = threading.Timer(200, process.kill)
        guard.start()
        said = b""
        try:
            for _ in range(2):
                process.stdin.write(b"hello\n")
                said += process.stdout.read(20)  # the answer has begun
                process.send_signal(signal.SIGINT)
                self.assertIn("stopped", self.read_line(process.stderr))
                # The statistics come after the whole answer: what is left of it must not be taken for the next one.
                while select.select([process.stdout], [], [], 0)[0]:
                    said += process.stdout.read(4096)
            process.stdin.close()
            (said + process.stdout.read()).decode("utf-8")  # whole characters, although it was stopped
            self.assertEqual(process.wait(), 0)
        finally:
            guard.cancel()
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    def read_line(self, unbuffered):
        line = b""
        while not line.endswith(b"\n"):
            byte = unbuffered.read(1)
            if not byte:
                break
            line += byte
        return line.decode()

    def test_ctrl_c_stops_a_single_question(self):
        process = subprocess.Popen([os.path.join(BIN, "reckon"), "chat", "-m", TINY_R1, "--temp", "5", "--seed", "1", "hello"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        guard = threading.Timer(200, process.kill)
        guard.start()
        try:
            process.stdout.read(20)
            process.send_signal(signal.SIGINT)
            process.communicate()
            self.assertEqual(process.returncode, 130)
        finally:
            guard.cancel()
            process.kill()
            process.wait()

    def test_ctrl_c_while_waiting_for_a_line_leaves(self):
        process = subprocess.Popen([os.path.join(BIN, "reckon"), "chat", *ASK],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment())
        guard = threading.Timer(200, process.kill)
        guard.start()
        try:
            process.stdin.write(f"{SUM}\n".encode())
            process.stdin.flush()
            process.stderr.readline()  # the answer is done
            # It may take a moment until the program waits for the next line.
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(0.2)
                except subprocess.TimeoutExpired:
                    pass
            self.assertEqual(process.returncode, 130)
        finally:
            guard.cancel()
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()


if __name__ == "__main__":
    unittest.main()
