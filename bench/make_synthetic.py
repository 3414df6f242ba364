#!/usr/bin/env python3
"""Writes a model with the exact shape of a published one and random weights, for timing.

The real weights are gigabytes to download, and speed does not depend on their values. One pass makes every output asked
for from the same bf16 numbers, a few million at a time, so memory stays below half a gigabyte.

  python bench/make_synthetic.py --tokenizer DIR --hf OUT_DIR --gguf OUT-q4_0.gguf=q4_0 --gguf OUT-f16.gguf=f16

DIR holds tokenizer.json (and tokenizer_config.json), for example tests/data/tokenizers/deepseek-r1-distill-qwen unpacked;
*.gz files are read as they are. Without --tokenizer the model takes and gives token numbers only, which is all that
reckon-bench needs. GGUF is written for qwen2, qwen3 and llama shapes with a byte-level tokenizer. Needs numpy only.
--empty writes no weights at all, only the sizes (the file has a hole and takes no room on disk): enough for
`reckon inspect`, which reads headers.
"""

import argparse
import gzip
import json
import os
import struct
import sys

import numpy as np

QWEN2 = dict(architecture="qwen2", qkv_bias=True, qk_norm=False, rms_norm_eps=1e-6)
QWEN3 = dict(architecture="qwen3", qkv_bias=False, qk_norm=True, rms_norm_eps=1e-6)

LLAMA = dict(architecture="llama", qkv_bias=False, qk_norm=False, rms_norm_eps=1e-5)
PHI3 = dict(architecture="phi3", qkv_bias=False, qk_norm=False, rms_norm_eps=1e-5, head_dim=96, rope_theta=10000.0,
            original_max_position_embeddings=4096)

SHAPES = {
    "tinyllama-1.1b": dict(LLAMA, hidden_size=2048, num_hidden_layers=22, num_attention_heads=32, num_key_value_heads=4,
                           head_dim=64, intermediate_size=5632, vocab_size=32000, rope_theta=10000.0,
                           max_position_embeddings=2048, tie_word_embeddings=False),
    # The published limit is 2048; this one has room for a comparison with the others at 4096.
    "tinyllama-1.1b-4k": dict(LLAMA, hidden_size=2048, num_hidden_layers=22, num_attention_heads=32, num_key_value_heads=4,
                              head_dim=64, intermediate_size=5632, vocab_size=32000, rope_theta=10000.0,
                              max_position_embeddings=4224, tie_word_embeddings=False),
    "smollm2-135m": dict(LLAMA, hidden_size=576, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3,
                         head_dim=64, intermediate_size=1536, vocab_size=49152, rope_theta=100000.0,
                         max_position_embeddings=8192, tie_word_embeddings=True),
    "smollm2-360m": dict(LLAMA, hidden_size=960, num_hidden_layers=32, num_attention_heads=15, num_key_value_heads=5,
                         head_dim=64, intermediate_size=2560, vocab_size=49152, rope_theta=100000.0,
                         max_position_embeddings=8192, tie_word_embeddings=True),
    "smollm2-1.7b": dict(LLAMA, hidden_size=2048, num_hidden_layers=24, num_attention_heads=32, num_key_value_heads=32,
                         head_dim=64, intermediate_size=8192, vocab_size=49152, rope_theta=130000.0,
                         max_position_embeddings=8192, tie_word_embeddings=True),
    "r1-llama-8b": dict(LLAMA, hidden_size=4096, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8,
                        head_dim=128, intermediate_size=14336, vocab_size=128256, rope_theta=500000.0,
                        max_position_embeddings=131072, tie_word_embeddings=False,
                        rope_scaling=dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                          original_max_position_embeddings=8192)),
    "qwen2.5-3b": dict(QWEN2, hidden_size=2048, num_hidden_layers=36, num_attention_heads=16, num_key_value_heads=2,
                       head_dim=128, intermediate_size=11008, vocab_size=151936, rope_theta=1000000.0,
                       max_position_embeddings=32768, tie_word_embeddings=True),
    "qwen2.5-7b": dict(QWEN2, hidden_size=3584, num_hidden_layers=28, num_attention_heads=28, num_key_value_heads=4,
                       head_dim=128, intermediate_size=18944, vocab_size=152064, rope_theta=1000000.0,
                       max_position_embeddings=32768, tie_word_embeddings=False),
    "qwen2.5-14b": dict(QWEN2, hidden_size=5120, num_hidden_layers=48, num_attention_heads=40, num_key_value_heads=8,
                        head_dim=128, intermediate_size=13824, vocab_size=152064, rope_theta=1000000.0,
                        max_position_embeddings=32768, tie_word_embeddings=False),
    "qwen2.5-32b": dict(QWEN2, hidden_size=5120, num_hidden_layers=64, num_attention_heads=40, num_key_value_heads=8,
                        head_dim=128, intermediate_size=27648, vocab_size=152064, rope_theta=1000000.0,
                        max_position_embeddings=32768, tie_word_embeddings=False),
    "qwen3-1.7b": dict(QWEN3, hidden_size=2048, num_hidden_layers=28, num_attention_heads=16, num_key_value_heads=8,
                       head_dim=128, intermediate_size=6144, vocab_size=151936, rope_theta=1000000.0,
                       max_position_embeddings=40960, tie_word_embeddings=True),
    "qwen3-4b": dict(QWEN3, hidden_size=2560, num_hidden_layers=36, num_attention_heads=32, num_key_value_heads=8,
                     head_dim=128, intermediate_size=9728, vocab_size=151936, rope_theta=1000000.0,
                     max_position_embeddings=40960, tie_word_embeddings=True),
    "qwen3-8b": dict(QWEN3, hidden_size=4096, num_hidden_layers=36, num_attention_heads=32, num_key_value_heads=8,
                     head_dim=128, intermediate_size=12288, vocab_size=151936, rope_theta=1000000.0,
                     max_position_embeddings=40960, tie_word_embeddings=False),
    "phi3-mini-4k": dict(PHI3, hidden_size=3072, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=32,
                         intermediate_size=8192, vocab_size=32064, max_position_embeddings=4096,
                         tie_word_embeddings=False, sliding_window=2047),
    "phi3-mini-128k": dict(PHI3, hidden_size=3072, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=32,
                           intermediate_size=8192, vocab_size=32064, max_position_embeddings=131072,
                           tie_word_embeddings=False, sliding_window=262144,
                           rope_scaling=dict(type="longrope", short_factor=[1.05] * 48, long_factor=[20.0] * 48)),
    "phi4-mini": dict(PHI3, hidden_size=3072, num_hidden_layers=32, num_attention_heads=24, num_key_value_heads=8,
                      intermediate_size=8192, vocab_size=200064, max_position_embeddings=131072,
                      tie_word_embeddings=True, sliding_window=262144, partial_rotary_factor=0.75,
                      rope_scaling=dict(type="longrope", short_factor=[1.0] * 48, long_factor=[20.0] * 48)) | dict(head_dim=128),
    "chatglm3-6b": dict(architecture="chatglm", hidden_size=4096, num_hidden_layers=28, num_attention_heads=32,
                        num_key_value_heads=2, head_dim=128, intermediate_size=13696, vocab_size=65024,
                        max_position_embeddings=8192, rms_norm_eps=1e-5, qkv_bias=True, tie_word_embeddings=False),
    "r1-1.5b": dict(QWEN2, hidden_size=1536, num_hidden_layers=28, num_attention_heads=12, num_key_value_heads=2,
                    head_dim=128, intermediate_size=8960, vocab_size=151936, rope_theta=10000.0,
                    max_position_embeddings=131072, tie_word_embeddings=False),
    "r1-7b": dict(QWEN2, hidden_size=3584, num_hidden_layers=28, num_attention_heads=28, num_key_value_heads=4,
                  head_dim=128, intermediate_size=18944, vocab_size=152064, rope_theta=10000.0,
                  max_position_embeddings=131072, tie_word_embeddings=False),
    "qwen2.5-0.5b": dict(QWEN2, hidden_size=896, num_hidden_layers=24, num_attention_heads=14, num_key_value_heads=2,
                         head_dim=64, intermediate_size=4864, vocab_size=151936, rope_theta=1000000.0,
                         max_position_embeddings=32768, tie_word_embeddings=True),
    "qwen2.5-1.5b": dict(QWEN2, hidden_size=1536, num_hidden_layers=28, num_attention_heads=12, num_key_value_heads=2,
                         head_dim=128, intermediate_size=8960, vocab_size=151936, rope_theta=1000000.0,
                         max_position_embeddings=32768, tie_word_embeddings=True),
    "qwen3-0.6b": dict(QWEN3, hidden_size=1024, num_hidden_layers=28, num_attention_heads=16, num_key_value_heads=8,
                       head_dim=128, intermediate_size=3072, vocab_size=151936, rope_theta=1000000.0,
                       max_position_embeddings=40960, tie_word_embeddings=True),
    "tiny-r1": dict(QWEN2, hidden_size=256, num_hidden_layers=6, num_attention_heads=4, num_key_value_heads=2,
                    head_dim=64, intermediate_size=768, vocab_size=2048, rope_theta=10000.0,
                    max_position_embeddings=4096, tie_word_embeddings=False),
}

CHUNK_ELEMENTS = 1 << 23


def tensor_list(shape):
    """Yields (Hugging Face name, GGUF name, dimensions, mean, standard deviation) in file order."""
    if shape["architecture"] in ("phi3", "chatglm"):
        yield from fused_tensor_list(shape)
        return
    hidden, inner = shape["hidden_size"], shape["intermediate_size"]
    query = shape["num_attention_heads"] * shape["head_dim"]
    key = shape["num_key_value_heads"] * shape["head_dim"]
    std = hidden ** -0.5
    yield "model.embed_tokens.weight", "token_embd.weight", (shape["vocab_size"], hidden), 0, 0.05
    for layer in range(shape["num_hidden_layers"]):
        hf, gguf = f"model.layers.{layer}.", f"blk.{layer}."
        yield hf + "input_layernorm.weight", gguf + "attn_norm.weight", (hidden,), 1, 0.1
        for name, short, rows in (("q", "q", query), ("k", "k", key), ("v", "v", key)):
            yield hf + f"self_attn.{name}_proj.weight", gguf + f"attn_{short}.weight", (rows, hidden), 0, std
            if shape["qkv_bias"]:
                yield hf + f"self_attn.{name}_proj.bias", gguf + f"attn_{short}.bias", (rows,), 0, 0.1
        if shape["qk_norm"]:
            for name in ("q", "k"):
                yield hf + f"self_attn.{name}_norm.weight", gguf + f"attn_{name}_norm.weight", (shape["head_dim"],), 1, 0.1
        yield hf + "self_attn.o_proj.weight", gguf + "attn_output.weight", (hidden, query), 0, 0.3 * std
        yield hf + "post_attention_layernorm.weight", gguf + "ffn_norm.weight", (hidden,), 1, 0.1
        yield hf + "mlp.gate_proj.weight", gguf + "ffn_gate.weight", (inner, hidden), 0, std
        yield hf + "mlp.up_proj.weight", gguf + "ffn_up.weight", (inner, hidden), 0, std
        yield hf + "mlp.down_proj.weight", gguf + "ffn_down.weight", (hidden, inner), 0, 0.3 * inner ** -0.5
    yield "model.norm.weight", "output_norm.weight", (hidden,), 1, 0.1
    if not shape["tie_word_embeddings"]:
        yield "lm_head.weight", "output.weight", (shape["vocab_size"], hidden), 0, std


def fused_tensor_list(shape):
    """The same for families that keep q, k and v in one tensor and gate and up in another."""
    hidden, inner = shape["hidden_size"], shape["intermediate_size"]
    query = shape["num_attention_heads"] * shape["head_dim"]
    qkv = query + 2 * shape["num_key_value_heads"] * shape["head_dim"]
    std = hidden ** -0.5
    glm = shape["architecture"] == "chatglm"
    names = dict(embedding="transformer.embedding.word_embeddings", layers="transformer.encoder.layers",
                 qkv="self_attention.query_key_value", o="self_attention.dense", gate_up="mlp.dense_h_to_4h",
                 down="mlp.dense_4h_to_h", norm="transformer.encoder.final_layernorm", head="transformer.output_layer") if glm else \
        dict(embedding="model.embed_tokens", layers="model.layers", qkv="self_attn.qkv_proj", o="self_attn.o_proj",
             gate_up="mlp.gate_up_proj", down="mlp.down_proj", norm="model.norm", head="lm_head")
    yield names["embedding"] + ".weight", None, (shape["vocab_size"], hidden), 0, 0.05
    for layer in range(shape["num_hidden_layers"]):
        prefix = f"{names['layers']}.{layer}."
        yield prefix + "input_layernorm.weight", None, (hidden,), 1, 0.1
        yield f"{prefix}{names['qkv']}.weight", None, (qkv, hidden), 0, std
        if shape["qkv_bias"]:
            yield f"{prefix}{names['qkv']}.bias", None, (qkv,), 0, 0.1
        yield f"{prefix}{names['o']}.weight", None, (hidden, query), 0, 0.3 * std
        yield prefix + "post_attention_layernorm.weight", None, (hidden,), 1, 0.1
        yield f"{prefix}{names['gate_up']}.weight", None, (2 * inner, hidden), 0, std
        yield f"{prefix}{names['down']}.weight", None, (hidden, inner), 0, 0.3 * inner ** -0.5
    yield names["norm"] + ".weight", None, (hidden,), 1, 0.1
    if not shape["tie_word_embeddings"]:
        yield names["head"] + ".weight", None, (shape["vocab_size"], hidden), 0, std


def to_bf16(values):
    """float32 -> bf16 bit patterns, round to nearest even."""
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def chunks(index, dims, mean, std, seed):
    """Yields bf16 bit patterns of whole rows; the same numbers whatever is made from them."""
    columns = dims[-1]
    rows = dims[0] if len(dims) == 2 else 1
    step = max(1, CHUNK_ELEMENTS // columns)
    for first in range(0, rows, step):
        count = min(step, rows - first)
        values = np.random.default_rng([seed, index, first]).standard_normal((count, columns), dtype=np.float32)
        values *= std
        values += mean
        yield to_bf16(values)


# --- quantizers: float32 rows -> bytes, in ggml's block layouts -------------------------------------------------------


def safe_inverse(scale):
    return np.divide(1.0, scale, out=np.zeros_like(scale), where=scale != 0)


def quantize_q8_0(values):
    """32 values: fp16 scale, 32 int8."""
    blocks = values.reshape(-1, 32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / 127.0
    out = np.empty((len(blocks), 34), np.uint8)
    out[:, :2] = scale.astype(np.float16).view(np.uint8)
    out[:, 2:] = np.rint(blocks * safe_inverse(scale)).astype(np.int8).view(np.uint8)
    return out


def quantize_q4_0(values):
    """32 values: fp16 scale, 16 bytes with value j in the low and value j + 16 in the high nibble, offset 8."""
    blocks = values.reshape(-1, 32)
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=1)[:, None], axis=1)
    scale = extreme / -8.0
    codes = np.clip(np.floor(blocks * safe_inverse(scale) + 8.5), 0, 15).astype(np.uint8)
    out = np.empty((len(blocks), 18), np.uint8)
    out[:, :2] = scale.astype(np.float16).view(np.uint8)
    out[:, 2:] = codes[:, :16] | (codes[:, 16:] << 4)
    return out


def quantize_q6_k(values):
    """256 values in 16 groups: 128 bytes of low nibbles, 64 of high bit pairs, 16 int8 scales, one fp16 scale."""
    groups = values.reshape(-1, 16, 16)
    group_scale = np.abs(groups).max(axis=2) / 31.0
    super_scale = (group_scale.max(axis=1, keepdims=True) / 127.0).astype(np.float16)
    scales = np.rint(group_scale * safe_inverse(super_scale.astype(np.float32))).astype(np.int8)
    step = super_scale.astype(np.float32) * scales
    codes = np.clip(np.rint(groups * safe_inverse(step)[:, :, None]), -32, 31).astype(np.int8) + 32
    # Value 128*h + 32*q + l of a block: quarter q of half h.
    codes = codes.astype(np.uint8).reshape(-1, 2, 4, 32)
    low, high = codes & 15, codes >> 4
    out = np.empty((len(codes), 210), np.uint8)
    out[:, :128] = (low[:, :, :2] | (low[:, :, 2:] << 4)).reshape(-1, 128)
    out[:, 128:192] = (high[:, :, 0] | (high[:, :, 1] << 2) | (high[:, :, 2] << 4) | (high[:, :, 3] << 6)).reshape(-1, 64)
    out[:, 192:208] = scales.view(np.uint8)
    out[:, 208:] = super_scale.view(np.uint8)
    return out


# name: (ggml's number, elements of a block, bytes of a block, bf16 bits -> array of bytes)
GGUF_TYPES = {
    "f32": (0, 1, 4, from_bf16),
    "f16": (1, 1, 2, lambda bits: from_bf16(bits).astype(np.float16)),
    "bf16": (30, 1, 2, lambda bits: bits),
    "q4_0": (2, 32, 18, lambda bits: quantize_q4_0(from_bf16(bits))),
    "q8_0": (8, 32, 34, lambda bits: quantize_q8_0(from_bf16(bits))),
    "q6_k": (14, 256, 210, lambda bits: quantize_q6_k(from_bf16(bits))),
}
GGUF_FILE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q8_0": 7, "bf16": 32}  # general.file_type


# --- outputs ----------------------------------------------------------------------------------------------------------


def read_json(folder, name):
    if folder is None:
        return None
    path = os.path.join(folder, name)
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    if os.path.exists(path + ".gz"):
        with gzip.open(path + ".gz", "rt", encoding="utf-8") as file:
            return json.load(file)
    return None


def special_id(tokenizer_folder, key):
    """The id of the token that tokenizer_config.json calls bos_token or eos_token; None if it names none."""
    if tokenizer_folder is None:
        return None
    token = (read_json(tokenizer_folder, "tokenizer_config.json") or {}).get(key)
    text = token.get("content") if isinstance(token, dict) else token
    added = read_json(tokenizer_folder, "tokenizer.json")["added_tokens"]
    return next((entry["id"] for entry in added if entry["content"] == text), None)


class HuggingFaceFolder:
    """config.json, generation_config.json, tokenizer files, one bf16 model.safetensors."""

    def __init__(self, folder, shape, tokenizer_folder):
        os.makedirs(folder, exist_ok=True)
        header, offset = {"__metadata__": {"format": "pt"}}, 0
        for name, _, dims, _, _ in tensor_list(shape):
            size = int(np.prod(dims, dtype=np.int64)) * 2
            header[name] = {"dtype": "BF16", "shape": list(dims), "data_offsets": [offset, offset + size]}
            offset += size
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        self.file = open(os.path.join(folder, "model.safetensors"), "wb")
        self.file.write(struct.pack("<Q", len(text)) + text)
        self.end = 8 + len(text) + offset
        self.write_companions(folder, shape, tokenizer_folder)

    @staticmethod
    def write_companions(folder, shape, tokenizer_folder):
        architecture = shape["architecture"]
        config = {key: value for key, value in shape.items() if key not in ("architecture", "qkv_bias", "qk_norm")}
        if architecture == "qwen2":  # the published files leave it to hidden_size / num_attention_heads
            del config["head_dim"]
        ends = {key + "_id": special_id(tokenizer_folder, key) for key in ("bos_token", "eos_token")}
        config.update(ends, architectures=[architecture.capitalize() + "ForCausalLM"], model_type=architecture,
                      hidden_act="silu", torch_dtype="bfloat16", attention_bias=shape["qkv_bias"], attention_dropout=0.0,
                      initializer_range=0.02, use_cache=True, use_sliding_window=False)
        if architecture == "chatglm":
            config = chatglm_config(shape)
        files = {"config.json": config,
                 "generation_config.json": dict(ends, do_sample=True, temperature=0.6, top_p=0.95),
                 "tokenizer.json": read_json(tokenizer_folder, "tokenizer.json"),
                 "tokenizer_config.json": read_json(tokenizer_folder, "tokenizer_config.json")}
        for name, content in files.items():
            if content is not None:
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    json.dump(content, file, ensure_ascii=False, indent=1)

    def add(self, hf_name, gguf_name, dims, bits):
        self.file.write(np.ascontiguousarray(bits).data)

    def close(self):
        self.file.truncate(self.end)  # the length that the header speaks of, with --empty too
        self.file.close()


def chatglm_config(shape):
    return dict(architectures=["ChatGLMModel"], model_type="chatglm", add_bias_linear=False, add_qkv_bias=True,
                apply_residual_connection_post_layernorm=False, ffn_hidden_size=shape["intermediate_size"],
                hidden_size=shape["hidden_size"], kv_channels=shape["head_dim"], layernorm_epsilon=shape["rms_norm_eps"],
                multi_query_attention=True, multi_query_group_num=shape["num_key_value_heads"], num_layers=shape["num_hidden_layers"],
                num_attention_heads=shape["num_attention_heads"], padded_vocab_size=shape["vocab_size"], post_layer_norm=True,
                rmsnorm=True, seq_length=shape["max_position_embeddings"], tie_word_embeddings=False, torch_dtype="bfloat16",
                eos_token_id=2)


def gguf_string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_value(value):
    """Type number and bytes of a metadata value: bool, int (u32), float (f32), str, list of str, list of int (i32)."""
    if isinstance(value, bool):
        return struct.pack("<IB", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, list):
        if value and isinstance(value[0], int):
            return struct.pack("<IIQ", 9, 5, len(value)) + np.asarray(value, "<i4").tobytes()
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(gguf_string, value))
    return struct.pack("<I", 8) + gguf_string(value)


def gguf_metadata(shape, tokenizer_folder, name, file_type):
    arch = shape["architecture"]
    tokenizer = read_json(tokenizer_folder, "tokenizer.json")
    config = read_json(tokenizer_folder, "tokenizer_config.json") or {}
    tokens = [f"[PAD{i}]" for i in range(shape["vocab_size"])]
    types = [5] * len(tokens)  # unused
    for text, index in tokenizer["model"]["vocab"].items():
        tokens[index], types[index] = text, 1  # normal
    for added in tokenizer["added_tokens"]:
        tokens[added["id"]], types[added["id"]] = added["content"], 3 if added["special"] else 4  # control, user-defined
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]]
    metadata = {
        "general.architecture": arch,
        "general.name": "synthetic " + name,
        "general.file_type": GGUF_FILE_TYPES[file_type],
        "general.quantization_version": 2,
        f"{arch}.context_length": shape["max_position_embeddings"],
        f"{arch}.embedding_length": shape["hidden_size"],
        f"{arch}.block_count": shape["num_hidden_layers"],
        f"{arch}.feed_forward_length": shape["intermediate_size"],
        f"{arch}.attention.head_count": shape["num_attention_heads"],
        f"{arch}.attention.head_count_kv": shape["num_key_value_heads"],
        f"{arch}.attention.key_length": shape["head_dim"],
        f"{arch}.attention.value_length": shape["head_dim"],
        f"{arch}.rope.freq_base": shape["rope_theta"],
        f"{arch}.attention.layer_norm_rms_epsilon": shape["rms_norm_eps"],
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "deepseek-r1-qwen" if name.startswith("r1") else "qwen2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.bos_token_id": special_id(tokenizer_folder, "bos_token"),
        "tokenizer.ggml.eos_token_id": special_id(tokenizer_folder, "eos_token"),
        "tokenizer.ggml.add_bos_token": bool(config.get("add_bos_token", False)),
    }
    if isinstance(config.get("chat_template"), str):
        metadata["tokenizer.chat_template"] = config["chat_template"]
    return {key: value for key, value in metadata.items() if value is not None}


class GgufFile:
    """GGUF v3. Vectors stay f32; the output layer of a q4_0 file is q6_k, as the usual converters have it."""

    ALIGNMENT = 32

    def __init__(self, path, file_type, shape, tokenizer_folder, name):
        self.shape, self.file_type, self.file = shape, file_type, open(path, "wb")
        metadata = gguf_metadata(shape, tokenizer_folder, name, file_type)
        tensors = list(tensor_list(shape))
        self.file.write(struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata)))
        for key, value in metadata.items():
            self.file.write(gguf_string(key) + gguf_value(value))
        offset = 0
        for _, gguf_name, dims, _, _ in tensors:
            number, elements, size, _ = GGUF_TYPES[self.type_of(gguf_name, dims)]
            self.file.write(gguf_string(gguf_name) + struct.pack("<I", len(dims)))
            self.file.write(struct.pack(f"<{len(dims)}Q", *reversed(dims)) + struct.pack("<IQ", number, offset))
            offset += int(np.prod(dims, dtype=np.int64)) // elements * size
            offset += -offset % self.ALIGNMENT
        self.current = None

    def type_of(self, gguf_name, dims):
        if len(dims) == 1:
            return "f32"
        output = gguf_name == "output.weight" or (gguf_name == "token_embd.weight" and self.shape["tie_word_embeddings"])
        if self.file_type == "q4_0" and output:
            return "q6_k" if dims[-1] % 256 == 0 else "q8_0"
        return self.file_type

    def add(self, hf_name, gguf_name, dims, bits):
        if gguf_name != self.current:
            self.file.write(b"\0" * (-self.file.tell() % self.ALIGNMENT))
            self.current = gguf_name
        convert = GGUF_TYPES[self.type_of(gguf_name, dims)][3]
        self.file.write(np.ascontiguousarray(convert(bits)).data)

    def close(self):
        self.file.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="r1-1.5b", choices=sorted(SHAPES))
    parser.add_argument("--tokenizer", metavar="DIR", help="folder with tokenizer.json; needed for --gguf")
    parser.add_argument("--hf", metavar="DIR", help="write a Hugging Face folder, bf16")
    parser.add_argument("--gguf", action="append", default=[], metavar="FILE=TYPE",
                        help="write a GGUF file; TYPE is one of " + ", ".join(GGUF_FILE_TYPES) + "; may be repeated")
    parser.add_argument("--empty", action="store_true", help="with --hf alone: sizes without weights")
    parser.add_argument("--seed", type=int, default=7, help="other random weights (default: %(default)s)")
    args = parser.parse_args()
    shape = SHAPES[args.shape]
    if args.tokenizer and read_json(args.tokenizer, "tokenizer.json") is None:
        parser.error(f"no tokenizer.json or tokenizer.json.gz in {args.tokenizer}")
    if args.gguf and (args.tokenizer is None or shape["architecture"] in ("phi3", "chatglm")):
        parser.error("GGUF files need --tokenizer and a shape of the families with separate q, k and v")
    if args.empty and args.gguf:
        parser.error("--empty is for --hf alone")
    outputs = [HuggingFaceFolder(args.hf, shape, args.tokenizer)] if args.hf else []
    for item in args.gguf:
        path, _, file_type = item.rpartition("=")
        if not path or file_type not in GGUF_FILE_TYPES:
            parser.error(f"--gguf {item}: expected FILE=TYPE with TYPE one of " + ", ".join(GGUF_FILE_TYPES))
        outputs.append(GgufFile(path, file_type, shape, args.tokenizer, args.shape))
    if not outputs:
        parser.error("nothing to write: give --hf or --gguf")
    tensors = [] if args.empty else list(tensor_list(shape))
    for index, (hf_name, gguf_name, dims, mean, std) in enumerate(tensors):
        for bits in chunks(index, dims, mean, std, args.seed):
            for output in outputs:
                output.add(hf_name, gguf_name, dims, bits)
        if sys.stderr.isatty():
            print(f"\r{index + 1}/{len(tensors)} tensors", end="", file=sys.stderr, flush=True)
    for output in outputs:
        output.close()
    if sys.stderr.isatty():
        print(file=sys.stderr)


if __name__ == "__main__":
    main()
