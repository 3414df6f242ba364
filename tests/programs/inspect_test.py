"""reckon inspect."""

import json
import os
import unittest

from programs import TINY_R1, ProgramTest, reckon


class Inspect(ProgramTest):
    def test_json(self):
        finished = reckon("inspect", TINY_R1, "--json", "--tensors", "-c", "512,4096")
        self.assert_exit(finished, 0)
        found = json.loads(finished.stdout)
        with open(os.path.join(TINY_R1, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        for key in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
                    "vocab_size", "max_position_embeddings", "tie_word_embeddings"):
            self.assertEqual(found[key], config[key], key)
        self.assertEqual(found["architecture"], "qwen2")
        self.assertEqual(found["format"], "safetensors")
        self.assertEqual(found["parameters"], 5773568)
        self.assertEqual(len(found["tensors"]), found["tensor_count"])
        self.assertEqual(sum(tensor["bytes"] for tensor in found["tensors"]), 2 * found["parameters"])
        plans = {(plan["weights"], plan["context_tokens"]): plan for plan in found["plans"]}
        self.assertEqual(sorted(plans), sorted((w, c) for w in ("f32", "bf16", "q8", "q4") for c in (512, 4096)))
        weights = [plans[name, 512]["weight_bytes"] for name in ("f32", "bf16", "q8", "q4")]
        self.assertEqual(weights, sorted(weights, reverse=True))
        self.assertGreater(plans["q4", 4096]["kv_bytes"], plans["q4", 512]["kv_bytes"])

    def test_text(self):
        finished = reckon("inspect", "-m", TINY_R1, "--tensors")
        self.assert_exit(finished, 0)
        for text in ("qwen2", "6 layers", "-w q4", "model.layers.5.mlp.down_proj.weight", "BF16", "[256, 768]"):
            self.assertIn(text, finished.stdout)

    def test_no_checkpoint(self):
        self.assert_one_line_error(reckon("inspect", "/no/such/model"), "/no/such/model")


if __name__ == "__main__":
    unittest.main()
