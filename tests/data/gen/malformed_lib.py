"""Helpers to make corrupted model files from one tiny valid model.
A case module has CASES: a list of (id, kind, what is wrong, expect, function(dir)).
kind: hf (load the folder), gguf (load model.gguf), tokenizer (load the folder's tokenizer, then encode the probe text),
      template (load tokenizer + chat template and render one user message)
expect: error = a clean error;  any = an error or success, but no crash, hang or giant allocation;  ok = must load (control)."""
import json, os, shutil, struct, sys, tarfile, io, hashlib
import numpy as np

PROBE = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! hello 你好\n'
U8, I8, U16, I16, U32, I32, F32, BOOL, STR, ARR, U64, I64, F64 = range(13)
CFG = {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1,
       "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 288, "hidden_act": "silu", "rms_norm_eps": 1e-06, "rope_theta": 10000.0,
       "max_position_embeddings": 128, "tie_word_embeddings": False, "torch_dtype": "float16", "use_sliding_window": False, "bos_token_id": 282,
       "eos_token_id": 284}


def weights():
    g = np.random.default_rng(5)
    r = lambda *s: (g.standard_normal(s) * .2).astype(np.float16)
    w = {'model.embed_tokens.weight': r(288, 32), 'model.norm.weight': r(32) + np.float16(1), 'lm_head.weight': r(288, 32)}
    p = 'model.layers.0.'
    w.update({p + 'input_layernorm.weight': r(32) + np.float16(1), p + 'post_attention_layernorm.weight': r(32) + np.float16(1),
              p + 'self_attn.q_proj.weight': r(32, 32), p + 'self_attn.q_proj.bias': r(32), p + 'self_attn.k_proj.weight': r(16, 32),
              p + 'self_attn.k_proj.bias': r(16), p + 'self_attn.v_proj.weight': r(16, 32), p + 'self_attn.v_proj.bias': r(16),
              p + 'self_attn.o_proj.weight': r(32, 32), p + 'mlp.gate_proj.weight': r(48, 32), p + 'mlp.up_proj.weight': r(48, 32),
              p + 'mlp.down_proj.weight': r(32, 48)})
    return w


def st_bytes(w, patch=None, header=None, data=None):
    h, blob = {}, b''
    for n, a in w.items():
        b = a.tobytes()
        h[n] = {"dtype": {'float16': 'F16', 'float32': 'F32', 'int64': 'I64'}[str(a.dtype)], "shape": list(a.shape), "data_offsets": [len(blob), len(blob) + len(b)]}
        blob += b
    if patch:
        patch(h)
    hb = header if header is not None else json.dumps(h).encode()
    hb += b' ' * (-len(hb) % 8)
    return struct.pack('<Q', len(hb)) + hb + (blob if data is None else data)


_tok = None


def tok_json():
    global _tok
    if _tok is None:
        import tiny_tokenizers as TT
        _tok = json.loads(TT.train_bpe(["the cat sat on the mat and the hat", "hello world hello there"] * 20, 288).to_str())
    return json.loads(json.dumps(_tok))


def hf(d, cfg=None, st=None, tok=None, tcfg=None):
    """the valid folder; any part may be given as bytes/str/dict, or False to leave it out"""
    def put(n, x):
        if x is False:
            return
        if isinstance(x, (dict, list)):
            x = json.dumps(x, indent=1)
        with open(f'{d}/{n}', 'wb') as f:
            f.write(x.encode() if isinstance(x, str) else x)
    put('config.json', CFG if cfg is None else cfg)
    put('model.safetensors', st_bytes(weights()) if st is None else st)
    put('tokenizer.json', tok_json() if tok is None else tok)
    put('tokenizer_config.json', tcfg if tcfg is not None else {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>",
        "chat_template": "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"})


def cfg(**k):
    c = dict(CFG)
    for a, b in k.items():
        if b is None:
            c.pop(a)
        else:
            c[a] = b
    return c


def s(x):
    b = x.encode() if isinstance(x, str) else x
    return struct.pack('<Q', len(b)) + b


def val(t, x):
    if t == STR:
        return s(x)
    if t == ARR:
        et, xs = x
        return struct.pack('<IQ', et, len(xs)) + b''.join(val(et, y) for y in xs)
    return struct.pack('<' + 'BbHhIif?__QqdX'[t], x)


class G:
    """a GGUF under construction: .kv = [[key, type, value | raw bytes]], .t = [[name, dims, type, data, offset|None]]"""

    def __init__(self, arch='qwen2'):
        w = weights()
        tk = tok_json()
        voc = sorted(tk['model']['vocab'].items(), key=lambda x: x[1])
        toks = [a for a, _ in voc] + [a['content'] for a in tk['added_tokens']]
        a = arch + '.'
        self.kv = [['general.architecture', STR, arch], ['general.name', STR, 'tiny'], [a + 'block_count', U32, 1], [a + 'context_length', U32, 128],
                   [a + 'embedding_length', U32, 32], [a + 'feed_forward_length', U32, 48], [a + 'attention.head_count', U32, 4],
                   [a + 'attention.head_count_kv', U32, 2], [a + 'rope.freq_base', F32, 1e4], [a + 'attention.layer_norm_rms_epsilon', F32, 1e-6],
                   ['tokenizer.ggml.model', STR, 'gpt2'], ['tokenizer.ggml.pre', STR, 'qwen2'], ['tokenizer.ggml.tokens', ARR, (STR, toks)],
                   ['tokenizer.ggml.token_type', ARR, (I32, [1] * len(voc) + [3] * 4 + [4] * 2)],
                   ['tokenizer.ggml.merges', ARR, (STR, [m if isinstance(m, str) else ' '.join(m) for m in tk['model']['merges']])],
                   ['tokenizer.ggml.bos_token_id', U32, 282], ['tokenizer.ggml.eos_token_id', U32, 284]]
        N = {'model.embed_tokens': 'token_embd', 'model.norm': 'output_norm', 'lm_head': 'output', 'input_layernorm': 'attn_norm', 'post_attention_layernorm': 'ffn_norm',
             'self_attn.q_proj': 'attn_q', 'self_attn.k_proj': 'attn_k', 'self_attn.v_proj': 'attn_v', 'self_attn.o_proj': 'attn_output',
             'mlp.gate_proj': 'ffn_gate', 'mlp.up_proj': 'ffn_up', 'mlp.down_proj': 'ffn_down'}
        self.t = []
        for n, x in w.items():
            base, suf = n.rsplit('.', 1)
            m = N[base] if base in N else 'blk.0.' + N[base[len('model.layers.0.'):]]
            if x.ndim == 1:
                self.t.append([f'{m}.{suf}', [x.shape[0]], 0, x.astype(np.float32).tobytes(), None])
            else:
                self.t.append([f'{m}.{suf}', [x.shape[1], x.shape[0]], 1, x.tobytes(), None])
        self.magic, self.version, self.nt, self.nk, self.align = b'GGUF', 3, None, None, 32
        self.cut, self.tail = None, b''

    def set(self, k, *v):
        for e in self.kv:
            if e[0].endswith(k):
                if len(v) == 1:
                    e[2] = v[0]
                else:
                    e[1], e[2] = v
                return self
        self.kv.append([k, *v])
        return self

    def drop(self, k):
        self.kv = [e for e in self.kv if not e[0].endswith(k)]
        return self

    def ten(self, n):
        return next(e for e in self.t if e[0].endswith(n))

    def bytes(self):
        b = self.magic + struct.pack('<IQQ', self.version, len(self.t) if self.nt is None else self.nt, len(self.kv) if self.nk is None else self.nk)
        for k, t, v in self.kv:
            b += (k if isinstance(k, bytes) else s(k)) + struct.pack('<I', t) + (v if isinstance(v, bytes) else val(t, v))
        self.kv_end = len(b)
        off, data = 0, b''
        for n, dims, ty, x, o in self.t:
            b += (n if isinstance(n, bytes) else s(n)) + (dims if isinstance(dims, bytes) else struct.pack('<I', len(dims)) + struct.pack(f'<{len(dims)}Q', *dims))
            b += struct.pack('<IQ', ty, (off if o is None else o) % 2**64)
            x += b'\0' * (-len(x) % 32)
            data += x
            off += len(x)
        self.ti_end = len(b)
        b += b'\0' * (-len(b) % 32) + data + self.tail
        return b if self.cut is None else b[:self.cut(self, b)]

    def write(self, d):
        open(f'{d}/model.gguf', 'wb').write(self.bytes())


def build(cases, out_tar, out_manifest):
    import tempfile
    root = tempfile.mkdtemp()
    man, seen = [], set()
    for cid, kind, what, expect, fn in cases:
        assert cid not in seen, cid
        seen.add(cid)
        d = f'{root}/{cid}/m'
        os.makedirs(d)
        fn(d)
        man.append(dict(id=cid, kind=kind, path=f'{cid}/m' + ('/model.gguf' if kind == 'gguf' else ''), what=what, expect=expect))
    with tarfile.open(out_tar, 'w:xz', format=tarfile.GNU_FORMAT) as t:
        for dp, dn, fs in sorted(os.walk(root)):
            for f in sorted(fs + [x for x in dn if os.path.islink(f'{dp}/{x}')]):
                p = f'{dp}/{f}'
                ti = t.gettarinfo(p, os.path.relpath(p, root))
                ti.mtime, ti.uid, ti.gid, ti.uname, ti.gname = 0, 0, 0, '', ''
                t.addfile(ti, open(p, 'rb') if ti.isreg() else None)
    with open(out_manifest, 'w') as f:
        for m in man:
            f.write(json.dumps(m, ensure_ascii=False) + '\n')
    shutil.rmtree(root)
    print(len(man), 'cases', os.path.getsize(out_tar), 'bytes')
