"""reckon tokenize."""

import json
import unittest

from programs import PUZZLE, TINY_R1, ProgramTest, reckon

TEXT = PUZZLE + " naïve 🤖 \t<think>x</think>\n\n  "
PUZZLE_IDS = [579, 1763, 18, 20, 284, 1795, 24, 19, 283, 1525, 716, 485]  # golden.jsonl without the template


class Tokenize(ProgramTest):
    def test_ids(self):
        finished = reckon("tokenize", "-m", TINY_R1, "--ids", "--text", PUZZLE)
        self.assert_exit(finished, 0)
        self.assertEqual(finished.stdout, " ".join(map(str, PUZZLE_IDS)) + "\n")

    def test_round_trip_through_pipes(self):
        ids = reckon("tokenize", "-m", TINY_R1, "--ids", stdin=TEXT)
        self.assert_exit(ids, 0)
        text = reckon("tokenize", "-m", TINY_R1, "--decode", "-", stdin=ids.stdout)
        self.assert_exit(text, 0)
        self.assertEqual(text.stdout, TEXT)

    def test_json(self):
        finished = reckon("tokenize", "-m", TINY_R1, "--json", "--text", TEXT)
        self.assert_exit(finished, 0)
        found = json.loads(finished.stdout)
        self.assertEqual(found["text"], TEXT)
        self.assertEqual(len(found["ids"]), len(found["tokens"]))
        self.assertIn("<think>", found["tokens"])
        decoded = json.loads(reckon("tokenize", "-m", TINY_R1, "--json", "--decode", json.dumps(found["ids"])).stdout)
        self.assertEqual(decoded["text"], TEXT)

    def test_list_shows_every_token(self):
        finished = reckon("tokenize", "-m", TINY_R1, "--text", PUZZLE)
        rows = [line.split("\t") for line in finished.stdout.splitlines()]
        self.assertEqual([int(row[0]) for row in rows], PUZZLE_IDS)
        self.assertEqual(json.loads(rows[2][1]), "3")

    def test_special_tokens(self):
        text = "<｜User｜>12"
        plain = reckon("tokenize", "-m", TINY_R1, "--ids", "--text", text).stdout.split()
        parsed = reckon("tokenize", "-m", TINY_R1, "--ids", "--parse-special", "--text", text).stdout.split()
        self.assertGreater(len(plain), len(parsed))
        self.assertEqual(parsed[0], "2043")
        added = reckon("tokenize", "-m", TINY_R1, "--ids", "--add-special", "--text", "12").stdout.split()
        self.assertEqual(added[0], "2045")
        decode = reckon("tokenize", "-m", TINY_R1, "--decode", " ".join(parsed)).stdout
        self.assertEqual(decode, text)
        decode = reckon("tokenize", "-m", TINY_R1, "--skip-special", "--decode", " ".join(parsed)).stdout
        self.assertEqual(decode, "12")

    def test_errors(self):
        self.assert_one_line_error(reckon("tokenize", "-m", TINY_R1, "--decode", "1 x 2"), "x")
        self.assert_one_line_error(reckon("tokenize", "-m", TINY_R1, "--decode", "999999"), "999999")

    def test_empty_text(self):
        finished = reckon("tokenize", "-m", TINY_R1, "--ids", stdin="")
        self.assert_exit(finished, 0)
        self.assertEqual(finished.stdout, "\n")


if __name__ == "__main__":
    unittest.main()
