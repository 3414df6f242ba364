#!/usr/bin/env python3
"""Writes small.jsonl.gz: small tokenizers that use what the published ones here do not, each with what Hugging Face
`tokenizers` (0.23.3) gives for random texts; and nfc.jsonl.gz: what its NFC normalizer gives.
Usage: make_small.py frankenstein.txt.gz        (needs: pip install tokenizers==0.23.3)"""
import gzip
import json
import os
import random
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
BOOK = gzip.open(sys.argv[1]).read().decode()[5000:120000]
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace('{1,3}', '')
rng = random.Random(20)
POOLS = ["abcdefgh XYZ  '", " \t\n\r\v\f\u0085\u00a0\u2028\u3000\u1680\u200b", "'s't're've'm'll'd'S'T'RE'LL'\u017f",
         "0123456789\u0661\u0967\u00bd\u2167\u3007\U00010d40\U00011de0", "!@#$%^&*()_+-=[]{};:,.<>/?`~|\\\"",
         "你好世界道可道非常名。，！？", "👨‍👩‍👧‍👦🏳️‍🌈👍🏽🇨🇳", "мир Привет Ελλ שלום सभी ไทย ",
         "\u0300\u0301\u0327\u0323\u0345\u0334\u0315\u093c\u09be\u0b3e\u3099\u309a\u05b0\u05c8\u0897\u1ab0\u1abf\u20d0\u0f71"
         "\u0f72\u0f73\u0344\u1dce\u1df6", "eEaAoOuUiIcCnN\u00e9\u00c5\u212b\u1e9b\u03d3\u1100\u1161\u11a8\uac00\uac01\u1112"
         "\u11ab\u0958\u0928\u0929\u2126\uf900\ufb1d\u0f43\u2adc\U00011099\U0001d15e\U0001d165\U00011935\U00011930",
         "\u1c89\U000105c0\U0001e4d0\U0002ebf0\U00011bf0\U0001e6c0\u0378\ue000\ufffd\U0010ffff\x00\x01\x7f", BOOK[:3000]]
MARKS = ['[L]', '[R]', '[LR]', '[W]', 'word', 'caf\u00e9', 'cafe\u0301', '<s>', '</s>', '<think>', '[L][L]', ' [LR] ', '[NL]\n']


def text():
    out = []
    for _ in range(rng.randint(1, 10)):
        pool = rng.choice(POOLS)
        kind = rng.random()
        if kind < .25:
            out.append(rng.choice([' ', '', '\n', 'x', '_']) + rng.choice(MARKS) + rng.choice([' ', '', '  ', '\t', 'y', '\u0301']))
        elif kind < .35:
            out.append(chr(rng.choice([rng.randrange(0x20, 0x800), rng.randrange(0xe000, 0x20000)])))
        elif len(pool) > 1000:
            at = rng.randrange(len(pool))
            out.append(pool[at:at + rng.randint(1, 30)])
        else:
            out.append(''.join(rng.choice(pool) for _ in range(rng.randint(1, 7))))
    return ''.join(out)


def train(tokenizer, size=500, **options):
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False, **options)
    tokenizer.train_from_iterator(BOOK.split('\n\n'), trainer)
    return tokenizer


def byte_level(split=None, prefix=False, **model):
    t = Tokenizer(models.BPE(**model))
    steps = [] if split is None else [split]
    t.pre_tokenizer = pre_tokenizers.Sequence(
        steps + [pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=split is None)])
    t.decoder = decoders.ByteLevel()
    return train(t, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def split(regex):
    return pre_tokenizers.Split(Regex(regex), 'isolated')


def template(t, single):
    t.post_processor = processors.TemplateProcessing(
        single=single, special_tokens=[(s, t.token_to_id(s)) for s in ('<s>', '</s>')])


def tokenizers():
    t = byte_level(split(LLAMA3))
    t.add_special_tokens(['<s>', '</s>'])
    template(t, '<s> $A </s>')
    yield 'llama3', t
    t = byte_level(split(LLAMA3))
    j = json.loads(t.to_str())
    # Tokens that no merge makes: only ignore_merges finds them.
    for word in (' the', ' of', 'word', ' monster', 'x'):
        spelled = word.replace(' ', 'Ġ')
        if spelled not in j['model']['vocab']:
            j['model']['vocab'][spelled] = len(j['model']['vocab'])
    j['model']['merges'] = j['model']['merges'][:100]
    j['model']['ignore_merges'] = True
    yield 'ignore_merges', Tokenizer.from_str(json.dumps(j))
    yield 'prefix_space', byte_level(None, True)
    yield 'digit_runs', byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(False), split(QWEN2)]))
    t = byte_level(split(QWEN2))
    t.normalizer = normalizers.NFC()
    t.add_tokens([AddedToken('[L]', lstrip=True, normalized=False), AddedToken('[R]', rstrip=True, normalized=False),
                  AddedToken('[LR]', lstrip=True, rstrip=True, normalized=False), AddedToken('[NL]\n', normalized=False),
                  AddedToken('[W]', single_word=True, normalized=False), AddedToken('word', single_word=True),
                  AddedToken('caf\u00e9', normalized=True), AddedToken('[L][L]', normalized=False)])
    t.add_special_tokens([AddedToken('<s>', rstrip=True), AddedToken('</s>', lstrip=True, single_word=True)])
    yield 'flags', t
    for scheme in ('always', 'first', 'never'):
        t = Tokenizer(models.BPE(unk_token='<unk>', fuse_unk=scheme != 'first'))
        t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=scheme != 'never')
        t.decoder = decoders.Metaspace(prepend_scheme=scheme)
        train(t, special_tokens=['<unk>', '<s>', '</s>'])
        t.add_tokens(['<think>'])
        template(t, '<s> $A')
        yield 'metaspace_' + scheme, t
    t = Tokenizer(models.BPE(unk_token='<unk>', byte_fallback=True, fuse_unk=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend('▁'), normalizers.Replace(' ', '▁')])
    t.decoder = decoders.Sequence([decoders.Replace('▁', ' '), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(' ', 1, 0)])
    train(t, 600, special_tokens=['<unk>', '<s>', '</s>'] + [f'<0x{b:02X}>' for b in range(256)])
    j = json.loads(t.to_str())
    j['added_tokens'] = j['added_tokens'][:3]
    yield 'byte_fallback', Tokenizer.from_str(json.dumps(j))


def case(t):
    s, parse, add = text(), rng.random() < .7, rng.random() < .3
    add = add and not s.startswith('<s>') and not s.endswith('</s>')  # the reference would double them
    t.encode_special_tokens = not parse
    ids = t.encode(s, add_special_tokens=add).ids
    t.encode_special_tokens = False
    return dict(text=s, parse_special=parse, add_special=add, ids=ids, decoded=t.decode(ids, skip_special_tokens=False),
                decoded_skip_special=t.decode(ids, skip_special_tokens=True))


def write(name, rows):
    with open(os.path.join(HERE, name), 'wb') as f, gzip.GzipFile(filename='', mode='wb', compresslevel=9, fileobj=f, mtime=0) as g:
        for row in rows:
            g.write((json.dumps(row) + '\n').encode())


write('small.jsonl.gz', (dict(name=name, json=t.to_str(), cases=[case(t) for _ in range(250)]) for name, t in tokenizers()))
nfc = normalizers.NFC()
write('nfc.jsonl.gz', (dict(text=s, nfc=nfc.normalize_str(s)) for s in
                       (''.join(rng.choice(POOLS[8] + POOLS[9]) for _ in range(rng.randint(1, 12))) for _ in range(3000))))
