#!/usr/bin/env python3
"""Makes reference.json: what SmolLM2-135M-Instruct (Q4_1 GGUF) answers, computed without any of Reckon's code.

    pip install numpy gguf tokenizers jinja2
    python make_reference.py SmolLM2-135M-Instruct.Q4_1.gguf > reference.json

The weights are dequantized by the `gguf` package and the forward pass below is float64 throughout, so the reference has
no rounding of its own worth speaking of. Tokens come from Hugging Face `tokenizers`, set up from the vocabulary in the
file; prompts are rendered by jinja2 from the file's own template. With --check-transformers, the greedy tokens are
computed a second time by transformers and torch in float32, which read the GGUF by themselves, and must be the same.
"""
import argparse
import json
import sys

import gguf
import jinja2
import numpy as np
import tokenizers

STEPS = 48
CONVERSATIONS = [
    [{'role': 'user', 'content': 'What is the capital of France, and what is it famous for?'}],
    [{'role': 'user', 'content': '你好！请用一句话介绍一下北京。'}],
    [{'role': 'user', 'content': 'Write a Python function that returns the n-th Fibonacci number.\n\n```python\ndef fib(n):\n'}],
    [{'role': 'system', 'content': 'You answer in one short sentence.'},
     {'role': 'user', 'content': 'How many legs do 12 rabbits and 23 chickens have?'}],
    [{'role': 'user', 'content': 'My name is Zoë — remember it. 🙂'},
     {'role': 'assistant', 'content': 'Nice to meet you, Zoë!'},
     {'role': 'user', 'content': 'List three fruits, then tell me my name.'}],
]


def make_tokenizer(field):
    """SmolLM2's tokenizer: digits one by one, GPT-2's pre-tokenizer, byte-level BPE."""
    names = field('tokenizer.ggml.tokens')
    kinds = field('tokenizer.ggml.token_type')
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(
        vocab={name: i for i, name in enumerate(names)},
        merges=[tuple(merge.split(' ')) for merge in field('tokenizer.ggml.merges')]))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Digits(individual_digits=True),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    control = 3
    tokenizer.add_special_tokens([tokenizers.AddedToken(name, special=True, normalized=False)
                                  for name, kind in zip(names, kinds) if kind == control])
    return tokenizer


class Llama:
    """The forward pass of a llama-architecture GGUF, one token at a time, with a key/value cache."""

    def __init__(self, reader, field):
        self.layers = field('llama.block_count')
        self.heads = field('llama.attention.head_count')
        self.kv_heads = field('llama.attention.head_count_kv')
        self.head_dim = field('llama.rope.dimension_count')
        self.theta = float(field('llama.rope.freq_base'))
        self.epsilon = float(field('llama.attention.layer_norm_rms_epsilon'))
        self.weights = {t.name: gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float64) for t in reader.tensors}
        self.reset()

    def reset(self):
        self.cache = [([], []) for _ in range(self.layers)]

    def norm(self, x, name):
        return x / np.sqrt(np.mean(x * x) + self.epsilon) * self.weights[name]

    def rotate(self, x, position):
        # GGUF keeps the rows of q and k of llama models so that neighbours (2i, 2i+1) form a pair.
        angle = position * self.theta ** (-np.arange(0, self.head_dim, 2) / self.head_dim)
        even, odd = x[:, 0::2], x[:, 1::2]
        out = np.empty_like(x)
        out[:, 0::2] = even * np.cos(angle) - odd * np.sin(angle)
        out[:, 1::2] = even * np.sin(angle) + odd * np.cos(angle)
        return out

    def step(self, token):
        """Logits behind `token`."""
        w = self.weights
        x = w['token_embd.weight'][token]
        for i in range(self.layers):
            layer = f'blk.{i}.'
            keys, values = self.cache[i]
            h = self.norm(x, layer + 'attn_norm.weight')
            q = self.rotate((w[layer + 'attn_q.weight'] @ h).reshape(self.heads, -1), len(keys))
            keys.append(self.rotate((w[layer + 'attn_k.weight'] @ h).reshape(self.kv_heads, -1), len(keys)))
            values.append((w[layer + 'attn_v.weight'] @ h).reshape(self.kv_heads, -1))
            group = self.heads // self.kv_heads
            k = np.repeat(np.stack(keys), group, axis=1)
            v = np.repeat(np.stack(values), group, axis=1)
            scores = np.einsum('hd,thd->ht', q, k) / np.sqrt(self.head_dim)
            scores = np.exp(scores - scores.max(axis=1, keepdims=True))
            scores /= scores.sum(axis=1, keepdims=True)
            x = x + w[layer + 'attn_output.weight'] @ np.einsum('ht,thd->hd', scores, v).reshape(-1)
            h = self.norm(x, layer + 'ffn_norm.weight')
            gate = w[layer + 'ffn_gate.weight'] @ h
            x = x + w[layer + 'ffn_down.weight'] @ (gate / (1 + np.exp(-gate)) * (w[layer + 'ffn_up.weight'] @ h))
        return w.get('output.weight', w['token_embd.weight']) @ self.norm(x, 'output_norm.weight')

    def greedy(self, prompt, steps):
        """The likeliest tokens one after the other (end-of-text is a token like any other), the distance of each to the
        runner-up in logits, and its log probability."""
        self.reset()
        for token in prompt:
            logits = self.step(token)
        ids, margins, logprobs = [], [], []
        for _ in range(steps):
            best = int(np.argmax(logits))
            ids.append(best)
            margins.append(round(float(logits[best] - np.partition(logits, -2)[-2]), 5))
            logprobs.append(round(float(-np.log(np.sum(np.exp(logits - logits[best])))), 6))
            logits = self.step(best)
        return ids, margins, logprobs


def check_with_transformers(path, rows):
    import os

    import torch
    import transformers
    model = transformers.AutoModelForCausalLM.from_pretrained(
        os.path.dirname(os.path.abspath(path)), gguf_file=os.path.basename(path), dtype=torch.float32)
    for row in rows:
        ids = list(row['prompt_ids'])
        with torch.no_grad():
            logits = model(torch.tensor([ids + row['output_ids']])).logits[0, len(ids) - 1:-1].double()
        top = logits.topk(2).values
        gap = (top[:, 0] - top[:, 1] - torch.tensor(row['margins'], dtype=torch.float64)).abs().max().item()
        same = logits.argmax(-1).tolist() == row['output_ids']
        print(f'transformers: tokens {"equal" if same else "DIFFER"}, margins differ by at most {gap:.2g}', file=sys.stderr)
        if not same:
            sys.exit(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model')
    parser.add_argument('--check-transformers', action='store_true')
    args = parser.parse_args()
    reader = gguf.GGUFReader(args.model)

    def field(name):
        return reader.fields[name].contents()

    tokenizer = make_tokenizer(field)
    template = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(field('tokenizer.chat_template'))
    model = Llama(reader, field)
    rows = []
    for messages in CONVERSATIONS:
        prompt = template.render(messages=messages, add_generation_prompt=True)
        prompt_ids = tokenizer.encode(prompt, add_special_tokens=False).ids
        ids, margins, logprobs = model.greedy(prompt_ids, STEPS)
        rows.append({'messages': messages, 'prompt_ids': prompt_ids, 'output_ids': ids, 'margins': margins,
                     'logprobs': logprobs, 'output_text': tokenizer.decode(ids, skip_special_tokens=False)})
        print(f'{rows[-1]["output_text"]!r}: smallest margin {min(margins)}', file=sys.stderr)
    if args.check_transformers:
        check_with_transformers(args.model, rows)
    print('[\n' + ',\n'.join(json.dumps(row, ensure_ascii=False) for row in rows) + '\n]')


if __name__ == '__main__':
    main()
