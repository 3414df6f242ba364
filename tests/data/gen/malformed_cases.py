#!/usr/bin/env python3
"""The corrupted inputs.  Usage: malformed_cases.py OUT.tar.xz OUT_manifest.jsonl"""
import sys, struct
from malformed_lib import *

C = []


def case(cid, kind, what, fn, expect='error'):
    C.append((cid, kind, what, expect, fn))


case('ok-hf', 'hf', 'valid folder (control)', lambda d: hf(d), 'ok')
case('ok-gguf', 'gguf', 'valid GGUF (control)', lambda d: G().write(d), 'ok')
case('gguf-empty', 'gguf', 'zero-length file', lambda d: open(d + '/model.gguf', 'wb').close())
def _(d): g = G(); g.magic = b'GGML'; g.write(d)
case('gguf-magic', 'gguf', 'wrong magic', _)
def _(d): g = G(); g.cut = lambda g, b: g.kv_end // 2; g.write(d)
case('gguf-cut-kv', 'gguf', 'truncated inside the metadata', _)
def _(d): g = G(); g.cut = lambda g, b: len(b) - 4000; g.write(d)
case('gguf-cut-data', 'gguf', 'truncated inside the tensor data', _)
def _(d): g = G(); g.nt = 2**61; g.write(d)
case('gguf-ntensors-huge', 'gguf', 'tensor count 2^61', _)
def _(d): g = G(); g.kv[1][2] = struct.pack('<Q', 2**63); g.write(d)
case('gguf-string-overflow', 'gguf', 'a string value claims 2^63 bytes', _)
def _(d): g = G(); g.ten('attn_q.weight')[4] = 2**40; g.write(d)
case('gguf-offset-beyond', 'gguf', 'tensor offset far past the end of the file', _)
def _(d): g = G(); g.ten('ffn_up.weight')[1] = [2**33, 2**33]; g.write(d)
case('gguf-dims-overflow', 'gguf', 'dimension product overflows 64 bits', _)
def _(d): g = G(); g.ten('ffn_up.weight')[2] = 77; g.write(d)
case('gguf-type-unknown', 'gguf', 'unknown tensor type 77', _)
case('gguf-heads-zero', 'gguf', 'head_count 0', lambda d: G().set('attention.head_count', 0).write(d))
def _(d): g = G(); g.t.pop(3); g.write(d)
case('gguf-missing-tensor', 'gguf', 'a layer norm tensor is missing', _)
case('st-header-long', 'hf', 'safetensors header length past the end of the file', lambda d: hf(d, st=struct.pack('<Q', 10**6) + b'{}'))
case('st-header-not-json', 'hf', 'safetensors header is not JSON', lambda d: hf(d, st=st_bytes(weights(), header=b'{"a": [1,')))
def _(d): hf(d, st=st_bytes(weights(), lambda h: h['lm_head.weight'].update(data_offsets=[0, 10**15])))
case('st-offset-beyond', 'hf', 'tensor data end past the file', _)
def _(d): hf(d, st=st_bytes(weights(), lambda h: h['model.norm.weight'].update(shape=[-32])))
case('st-dim-negative', 'hf', 'negative dimension', _)
def _(d): w = weights(); del w['model.layers.0.mlp.up_proj.weight']; hf(d, st=st_bytes(w))
case('st-missing-tensor', 'hf', 'up_proj is missing', _)
case('cfg-truncated', 'hf', 'config.json cut in the middle', lambda d: hf(d, cfg=json.dumps(CFG)[:120]))
case('cfg-deep', 'hf', 'config.json nested 100000 deep', lambda d: hf(d, cfg='{"a":' + '[' * 100000 + ']' * 100000 + '}'))
case('cfg-heads-zero', 'hf', 'num_attention_heads 0', lambda d: hf(d, cfg=cfg(num_attention_heads=0)))
case('cfg-layers-huge', 'hf', 'num_hidden_layers 10^9', lambda d: hf(d, cfg=cfg(num_hidden_layers=10**9)))
case('cfg-vocab-mismatch', 'hf', 'vocab_size differs from the embedding', lambda d: hf(d, cfg=cfg(vocab_size=300)))
case('cfg-arch-unknown', 'hf', 'model_type nobody knows', lambda d: hf(d, cfg=cfg(model_type='frobnicate', architectures=['FrobForCausalLM'])))
def _(d): hf(d, st=False); json.dump({"weight_map": {n: '../../../../etc/passwd' for n in weights()}}, open(d + '/model.safetensors.index.json', 'w'))
case('idx-traversal', 'hf', 'weight_map points outside the folder', _)
def _(d): hf(d, st=False); os.symlink('model.safetensors.index.json', d + '/model.safetensors.index.json')
case('idx-symlink-loop', 'hf', 'index.json is a symlink to itself', _)
def _(d): t = tok_json(); t['model']['merges'].insert(0, ['zz', 'qq']); hf(d, tok=t)
case('tok-merge-unknown', 'tokenizer', 'a merge names tokens that are not in the vocabulary', _)
case('tok-truncated', 'tokenizer', 'tokenizer.json cut in the middle', lambda d: hf(d, tok=json.dumps(tok_json())[:2000]))
case('tmpl-syntax', 'template', 'template syntax error', lambda d: hf(d, tcfg={"chat_template": "{% for m in messages %}{{ m["}))

if __name__ == '__main__':
    build(C, sys.argv[1], sys.argv[2])
