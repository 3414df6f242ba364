"""reckon inspect."""

import json
import os
import shutil
import tempfile
import unittest

from programs import TINY_R1, ProgramTest, reckon

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")


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

    def test_kv_cache(self):
        def planned(*options):
            finished = reckon("inspect", TINY_R1, "--json", "-c", "4096", *options)
            self.assert_exit(finished, 0)
            return {plan["weights"]: plan["kv_bytes_per_token"] for plan in json.loads(finished.stdout)["plans"]}

        f32, bf16, q8 = (planned("--kv-cache", cache) for cache in ("f32", "bf16", "q8"))
        for weights, size in bf16.items():
            self.assertEqual(f32[weights], 2 * size)
            self.assertEqual(16 * q8[weights], 9 * size)  # a byte, and four more for 32
        self.assertEqual(planned(), {"f32": f32["f32"], "bf16": bf16["bf16"], "q8": bf16["q8"], "q4": bf16["q4"]})
        self.assert_exit(reckon("inspect", TINY_R1, "--kv-cache", "q5"), 2)

    def tensors(self, model, *options):
        finished = reckon("inspect", os.path.join(DATA, model), "--json", "--tensors", "-c", "64", *options)
        self.assert_exit(finished, 0)
        return {tensor["name"]: tensor for tensor in json.loads(finished.stdout)["tensors"]}

    def test_quantized_tensors_are_held_as_stored(self):
        for model, stored, held in (("models/awq-g32", "AWQ, 4 bits, groups of 32, zero points", "q4 with zero points"),
                                    ("models/gptq-g32", "GPTQ, 4 bits, groups of 32", "q4"),
                                    ("gguf/qwen2-q4_0.gguf", "Q4_0", "q4"), ("gguf/qwen2-q4_1.gguf", "Q4_1", "q4 with minimums"),
                                    ("gguf/qwen2-q8_0.gguf", "Q8_0", "q8")):
            tensor = self.tensors(model)["model.layers.1.mlp.down_proj.weight"]
            self.assertEqual((tensor["stored"], tensor["held"], tensor["as_stored"], tensor["relative_error"], tensor["measured_rows"]),
                             (stored, held, True, 0, 64), model)
            self.assertIn(model, tensor["file"])

    def test_error_of_rounding_is_stated(self):
        scattered = self.tensors("models/gptq-g32-descact")["model.layers.0.self_attn.q_proj.weight"]
        self.assertEqual(scattered["stored"], "GPTQ, 4 bits, groups of 32 of scattered inputs, zero points")
        self.assertEqual((scattered["held"], scattered["as_stored"]), ("q8", False))
        self.assertTrue(1e-4 < scattered["relative_error"] < 2e-2, scattered)
        # 16 levels again lose far more than 256 do.
        coarse = self.tensors("gguf/qwen2-q8_0.gguf", "-w", "q4")["model.layers.0.self_attn.q_proj.weight"]
        self.assertFalse(coarse["as_stored"])
        self.assertTrue(2e-2 < coarse["relative_error"] < 0.2, coarse)
        unmeasured = self.tensors("models/gptq-g32-descact", "--measure", "0")["model.layers.0.self_attn.q_proj.weight"]
        self.assertEqual((unmeasured["as_stored"], unmeasured["measured_rows"]), (False, 0))

    def test_what_is_not_a_matrix(self):
        tensors = self.tensors("models/awq-g32")
        self.assertEqual(tensors["model.norm.weight"]["held"], "f32")
        self.assertEqual(tensors["model.embed_tokens.weight"]["held"], "rows in the file")
        self.assertEqual(tensors["lm_head.weight"]["held"], "q8")
        tied = self.tensors("gguf/llama-tied-q4_1.gguf")["model.embed_tokens.weight"]
        self.assertEqual(tied["name_on_disk"], "token_embd.weight")
        self.assertIn("rows in the file, q", tied["held"])

    def test_tensors_come_in_the_order_of_the_model(self):
        finished = reckon("inspect", os.path.join(DATA, "gguf/qwen2-q4_0.gguf"), "--json", "--tensors", "-c", "64")
        self.assert_exit(finished, 0)
        names = [tensor["name"] for tensor in json.loads(finished.stdout)["tensors"]]
        layer = ["input_layernorm.weight", *(f"self_attn.{x}_proj.{kind}" for kind in ("weight", "bias") for x in "qkv"),
                 "self_attn.o_proj.weight", "post_attention_layernorm.weight",
                 *(f"mlp.{x}_proj.weight" for x in ("gate", "up", "down"))]
        self.assertEqual(names, ["model.embed_tokens.weight", *(f"model.layers.{i}.{x}" for i in (0, 1) for x in layer),
                                 "model.norm.weight", "lm_head.weight"])

    def test_window(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copytree(os.path.join(DATA, "models/phi3-bf16"), os.path.join(folder, "phi3"))
            path = os.path.join(copy, "config.json")
            with open(path, encoding="utf-8") as file:
                config = json.load(file)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(config | {"sliding_window": 33}, file)
            found = json.loads(reckon("inspect", copy, "--json").stdout)
            self.assertEqual((found["sliding_window"], found["num_sliding_layers"]), (33, 2))
            self.assertIn("the latest 33 positions only in 2 layers", reckon("inspect", copy).stdout)
        found = json.loads(reckon("inspect", TINY_R1, "--json").stdout)
        self.assertEqual((found["sliding_window"], found["num_sliding_layers"]), (0, 0))

    def test_text(self):
        finished = reckon("inspect", "-m", TINY_R1, "--tensors")
        self.assert_exit(finished, 0)
        for text in ("qwen2", "6 layers", "-w q4", "model.layers.5.mlp.down_proj.weight", "BF16", "[256, 768]"):
            self.assertIn(text, finished.stdout)

    def test_no_checkpoint(self):
        self.assert_one_line_error(reckon("inspect", "/no/such/model"), "/no/such/model")


if __name__ == "__main__":
    unittest.main()
