"""reckon run."""

import json
import os
import tempfile
import unittest

from programs import ASK, PUZZLE, SUM, TINY_R1, ProgramTest, environment, reckon


class Run(ProgramTest):
    def golden(self):
        with open(os.path.join(TINY_R1, "golden.jsonl"), encoding="utf-8") as file:
            return json.loads(file.readline())

    def test_json_is_the_golden_answer(self):
        golden = self.golden()
        self.assertEqual(golden["messages"][0]["content"], PUZZLE)
        finished = reckon("run", *ASK, "--json", "-p", PUZZLE)
        self.assert_exit(finished, 0)
        answer = json.loads(finished.stdout)
        self.assertEqual(answer["tokens"], golden["output_ids"])
        self.assertEqual(answer["prompt_tokens"], len(golden["prompt_ids"]))
        self.assertEqual(answer["generated_tokens"], len(golden["output_ids"]))
        self.assertEqual(answer["finish_reason"], "stop_token")
        self.assertTrue(golden["output_text"].startswith(answer["text"]))
        self.assertIn("x+y=35", answer["reasoning"])
        self.assertIn("23", answer["answer"])
        self.assertNotIn("think>", answer["answer"] + answer["reasoning"])
        for key in ("load_s", "prefill_s", "ttft_s", "decode_s", "prompt_tps", "decode_tps"):
            self.assertGreater(answer["timings"][key], 0, key)

    def test_every_weight_format_answers(self):
        for weights in ("auto", "bf16", "q8", "q4"):
            with self.subTest(weights):
                finished = reckon("run", "-m", TINY_R1, "-w", weights, "--greedy", "--json", "-n", "48", "-p", PUZZLE)
                self.assert_exit(finished, 0)
                answer = json.loads(finished.stdout)
                self.assertEqual(answer["weights"], "bf16" if weights == "auto" else weights)
                self.assertTrue(answer["reasoning"])

    def test_plain_output_is_the_json_text(self):
        plain = reckon("run", *ASK, "-q", "-p", PUZZLE)
        text = json.loads(reckon("run", *ASK, "--json", "-p", PUZZLE).stdout)["text"]
        self.assertEqual(plain.stdout, text + "\n")
        self.assertEqual(plain.stderr, "")

    def test_prompt_from_standard_input_and_file(self):
        expected = reckon("run", *ASK, "-q", "-p", SUM).stdout
        self.assertEqual(reckon("run", *ASK, "-q", stdin=SUM).stdout, expected)
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "question.txt")
            with open(file, "w", encoding="utf-8") as out:
                out.write(SUM)
            self.assertEqual(reckon("run", *ASK, "-q", "-f", file).stdout, expected)
        self.assert_one_line_error(reckon("run", "-m", TINY_R1, "-f", "/no/such/file"), "/no/such/file")

    def test_raw_continues_a_rendered_prompt_alike(self):
        golden = self.golden()
        text = f"<｜begin▁of▁sentence｜><｜User｜>{PUZZLE}<｜Assistant｜>"
        finished = reckon("run", *ASK, "--json", "--raw", "-p", text)
        self.assert_exit(finished, 0)
        answer = json.loads(finished.stdout)
        self.assertEqual(answer["prompt_tokens"], len(golden["prompt_ids"]))  # BOS is there once
        self.assertEqual(answer["tokens"], golden["output_ids"])
        self.assertEqual(answer["answer"], answer["text"])  # untouched
        self.assertEqual(answer["reasoning"], "")

    def test_stop_strings_and_token_limit(self):
        finished = reckon("run", *ASK, "--json", "--stop", "检验", "--stop", "never", "-p", PUZZLE)
        answer = json.loads(finished.stdout)
        self.assertEqual((answer["finish_reason"], answer["stop_string"]), ("stop_string", "检验"))
        self.assertNotIn("检", answer["text"])
        finished = reckon("run", *ASK, "--json", "-n", "5", "-p", PUZZLE)
        answer = json.loads(finished.stdout)
        self.assertEqual((answer["finish_reason"], len(answer["tokens"])), ("max_tokens", 5))

    def test_context_that_is_full(self):
        finished = reckon("run", *ASK, "--json", "-c", "40", "-p", PUZZLE)
        self.assert_exit(finished, 0)
        answer = json.loads(finished.stdout)
        self.assertEqual(answer["finish_reason"], "context_full")
        self.assertEqual(answer["prompt_tokens"] + answer["generated_tokens"], 40)

    def test_seed_repeats_and_threads_do_not_matter(self):
        def tokens(*args, temperature="1.5"):
            finished = reckon("run", "-m", TINY_R1, "--json", "-n", "60", "--temp", temperature, "-p", PUZZLE, *args)
            self.assert_exit(finished, 0)
            return json.loads(finished.stdout)["tokens"]

        first = tokens("--seed", "7", "-t", "1")
        self.assertEqual(first, tokens("--seed", "7", "-t", "2"))
        self.assertEqual(first, tokens("--seed", "7", "-t", "3"))
        self.assertNotEqual(first, tokens("--seed", "8"))
        # Without a seed every answer is its own: hot, because the model is sure of this puzzle and often says the same.
        self.assertNotEqual(tokens(temperature="5"), tokens(temperature="5"))

    def test_sampling_options_are_checked(self):
        finished = reckon("run", "-m", TINY_R1, "--top-p", "1.5", "-p", "hello")
        self.assert_one_line_error(finished, "top_p")

    def test_memory_limit(self):
        finished = reckon("run", "-m", TINY_R1, "--memory-limit", "1MB", "-p", "hello")
        self.assert_one_line_error(finished, "memory")
        finished = reckon("run", "-m", TINY_R1, "--memory-limit", "1GB", "-w", "f32", "--greedy", "-q", "-p", SUM)
        self.assert_exit(finished, 0)
        self.assertIn("42", finished.stdout)

    def test_empty_prompt(self):
        for args, stdin in ((("-p", ""), ""), ((), ""), ((), " \n")):
            finished = reckon("run", "-m", TINY_R1, *args, stdin=stdin)
            self.assert_one_line_error(finished, "empty", code=2)

    def test_isa_from_option_and_environment(self):
        expected = reckon("run", *ASK, "-q", "-p", SUM).stdout
        finished = reckon("run", *ASK, "-q", "--isa", "generic", "-p", SUM)
        self.assert_exit(finished, 0)
        self.assertEqual(finished.stdout, expected)
        finished = reckon("run", "-m", TINY_R1, "-p", SUM, env=environment(RECKON_ISA="nonsense"))
        self.assert_one_line_error(finished, "nonsense")


if __name__ == "__main__":
    unittest.main()
