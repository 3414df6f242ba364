"""bench/make_synthetic.py: its files open, and hold the same model in every format."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest

from programs import TINY_R1, ProgramTest, reckon

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench", "make_synthetic.py")
TYPES = ("f32", "f16", "bf16", "q8_0", "q4_0")


@unittest.skipUnless(importlib.util.find_spec("numpy"), "needs numpy")
class Synthetic(ProgramTest):
    def test_all_formats(self):
        with tempfile.TemporaryDirectory() as folder:
            files = {name: os.path.join(folder, name + ".gguf") for name in TYPES}
            command = [sys.executable, SCRIPT, "--shape", "tiny-r1", "--tokenizer", TINY_R1, "--hf",
                       os.path.join(folder, "hf")]
            for name, file in files.items():
                command += ["--gguf", f"{file}={name}"]
            subprocess.run(command, check=True)
            original = json.loads(reckon("inspect", TINY_R1, "--json").stdout)
            hf = json.loads(reckon("inspect", os.path.join(folder, "hf"), "--json").stdout)
            for key in ("parameters", "hidden_size", "num_hidden_layers", "vocab_size", "eos_ids", "tensor_types"):
                self.assertEqual(hf[key], original[key], key)
            expected = self.tokens(os.path.join(folder, "hf"))
            for name, file in files.items():
                with self.subTest(name):
                    found = json.loads(reckon("inspect", file, "--json").stdout)
                    self.assertEqual(found["parameters"], original["parameters"])
                    self.assertEqual(found["architecture"], "qwen2")
                    tokens = self.tokens(file)
                    if not name.startswith("q"):
                        self.assertEqual(tokens, expected)  # all hold the same numbers

    def tokens(self, model):
        finished = reckon("run", "-m", model, "-w", "f32", "--raw", "--greedy", "--json", "-n", "12", "-p", "12+30=?")
        self.assert_exit(finished, 0)
        return json.loads(finished.stdout)["tokens"]


if __name__ == "__main__":
    unittest.main()
