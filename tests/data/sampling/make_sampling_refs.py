#!/usr/bin/env python3
"""Writes reference distributions for tests/unit/sampling: see README.md."""
import json
import sys

import numpy as np

MARGIN = 2e-6  # how near a value may come to a threshold
DEFAULTS = dict(
    repetition_penalty=1.0, presence_penalty=0.0, frequency_penalty=0.0, penalty_window=-1, dry_multiplier=0.0,
    dry_base=1.75, dry_allowed_length=2, dry_breakers=[], temperature=1.0, top_k=0, typical_p=1.0, top_p=1.0, min_p=0.0,
    xtc_probability=0.0, xtc_threshold=0.1, logit_bias=[], seed=0)


class TooClose(Exception):
    """A case that depends on rounding."""


def apart(values, threshold):
    if np.any(np.abs(np.asarray(values) - threshold) < MARGIN):
        raise TooClose


def softmax(x):
    with np.errstate(under="ignore"):
        w = np.exp(x - np.max(x))
    return w / np.sum(w)


def dry(history, o, x):
    best = {}
    n = len(history)
    for end in range(n - 1):  # history[..end] against history[..n-1]
        follower = history[end + 1]
        if follower in o["dry_breakers"]:
            continue
        length = 0
        while length <= end and history[end - length] == history[n - 1 - length] \
                and history[n - 1 - length] not in o["dry_breakers"]:
            length += 1
        best[follower] = max(best.get(follower, 0), length)
    for token, length in best.items():
        if length >= o["dry_allowed_length"]:
            x[token] -= o["dry_multiplier"] * o["dry_base"] ** (length - o["dry_allowed_length"])


def likely_first(p):
    return sorted(range(len(p)), key=lambda i: (-p[i], i))


def only(x, kept):
    y = np.full_like(x, -np.inf)
    y[list(kept)] = x[list(kept)]
    return y


def typical(x, mass):
    p = softmax(x)
    alive = np.flatnonzero(p > 0)
    logp = np.log(p[alive])
    entropy = -np.sum(p[alive] * logp)
    distance = np.abs(-logp - entropy)
    order = np.argsort(distance, kind="stable")
    ranked = distance[order]
    gaps = np.diff(ranked)
    if np.any((gaps > 1e-12) & (gaps < MARGIN)):
        raise TooClose
    cumulative = np.cumsum(p[alive][order])
    apart(cumulative, mass)
    last = min(int(np.sum(cumulative < mass)), len(alive) - 1)
    return only(x, alive[distance <= ranked[last] + 1e-12])


def nucleus(x, mass):
    p = softmax(x)
    order = likely_first(p)
    cumulative = np.cumsum(p[order])
    apart(cumulative[:-1], mass)
    size = min(int(np.searchsorted(cumulative, mass)) + 1, len(order))
    return only(x, order[:size])


def distribution(logits, o, history):
    x = np.array(logits, dtype=np.float64)
    for token, bias in o["logit_bias"]:
        x[token] += bias
    window = history if o["penalty_window"] < 0 else history[len(history) - min(o["penalty_window"], len(history)):]
    for token in sorted(set(window)):
        x[token] = x[token] * o["repetition_penalty"] if x[token] < 0 else x[token] / o["repetition_penalty"]
        x[token] -= o["presence_penalty"] + o["frequency_penalty"] * window.count(token)
    if o["dry_multiplier"] > 0:
        dry(window, o, x)
    if o["temperature"] < 1e-6:
        return np.eye(len(x))[int(np.argmax(x))], None
    if 0 < o["top_k"] < len(x):
        x = only(x, likely_first(x)[:o["top_k"]])
    x = x / o["temperature"]
    if o["typical_p"] < 1:
        x = typical(x, o["typical_p"])
    if o["top_p"] < 1:
        x = nucleus(x, o["top_p"])
    if o["min_p"] > 0:
        p = softmax(x)
        apart(p[p < np.max(p)] / np.max(p), o["min_p"])
        x = np.where(p >= o["min_p"] * np.max(p), x, -np.inf)
    before = softmax(x)
    if o["xtc_probability"] == 0:
        return before, None
    apart(before, o["xtc_threshold"])
    top = [i for i in likely_first(before) if before[i] >= o["xtc_threshold"]]
    return before, softmax(only(x, set(range(len(x))) - set(top[:-1])))


class Xoshiro:
    """xoshiro256++ filled by SplitMix64."""
    MASK = (1 << 64) - 1

    def __init__(self, seed):
        self.s = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & self.MASK
            z = ((seed ^ seed >> 30) * 0xBF58476D1CE4E5B9) & self.MASK
            z = ((z ^ z >> 27) * 0x94D049BB133111EB) & self.MASK
            self.s.append(z ^ z >> 31)

    def rotl(self, x, k):
        return (x << k | x >> 64 - k) & self.MASK

    def uniform(self):
        a, b, c, d = self.s
        result = (self.rotl((a + d) & self.MASK, 23) + a) & self.MASK
        c, d = c ^ a, d ^ b
        self.s = [a ^ d, b ^ c, c ^ (b << 17 & self.MASK), self.rotl(d, 45)]
        return (result >> 11) / 2.0**53


def draws(before, after, o, count):
    """One number for XTC's coin, if it is on; one for the draw, in order of ids."""
    random = Xoshiro(o["seed"])
    tokens = []
    for _ in range(count):
        p = before
        if after is not None and random.uniform() < o["xtc_probability"]:
            p = after
        cumulative = np.cumsum(p) / np.sum(p)
        u = random.uniform()
        apart(cumulative[:-1][np.diff(cumulative) > 0], u)
        tokens.append(int(np.searchsorted(cumulative, u, side="right")))
    return tokens


def f32(value):
    return float(np.float32(value))


def make(vocab, spread, options, seed):
    rng = np.random.default_rng(seed)
    o = dict(DEFAULTS, **options, seed=int(rng.integers(2**63)))
    o = {k: f32(v) if isinstance(v, float) else v for k, v in o.items()}
    o["logit_bias"] = [[t, f32(b)] for t, b in o["logit_bias"]]
    logits = [f32(v) for v in rng.normal(0, spread, vocab)]
    for i in rng.integers(vocab, size=3):
        logits[int(i)] = logits[0]  # equals
    logits[int(rng.integers(1, vocab))] = -np.inf
    phrase = [int(t) for t in rng.integers(vocab, size=6)]
    history = [int(t) for t in rng.integers(vocab, size=20)]
    history += phrase + [3] + phrase[2:] + [7] + phrase[:5] + [5] + phrase[:5]
    before, after = distribution(logits, o, history)
    greedy = o["temperature"] < 1e-6
    tokens = [int(np.argmax(before))] * 20 if greedy else draws(before, after, o, 40)
    changed = {k: v for k, v in o.items() if v != DEFAULTS[k] or k == "seed"}
    changed["logit_bias"] = [[t, b if np.isfinite(b) else "-inf"] for t, b in o["logit_bias"]]
    return dict(logits=[v if np.isfinite(v) else "-inf" for v in logits], options=changed, history=history,
                distribution=[float(v) for v in before],
                with_xtc=None if after is None else [float(v) for v in after], draws=tokens)


OPTIONS = [
    {}, {"temperature": 0.6}, {"temperature": 1.7}, {"temperature": 0.0}, {"temperature": 0.02},
    {"logit_bias": [[1, 2.5], [2, -np.inf], [1, 1.0], [9, -3.0]]},
    {"repetition_penalty": 1.3}, {"repetition_penalty": 0.8}, {"presence_penalty": 0.7}, {"frequency_penalty": 0.4},
    {"repetition_penalty": 1.1, "presence_penalty": 0.5, "frequency_penalty": -0.2, "penalty_window": 9},
    {"repetition_penalty": 1.5, "penalty_window": 0}, {"frequency_penalty": 0.9, "penalty_window": 1000},
    {"dry_multiplier": 0.8}, {"dry_multiplier": 0.8, "dry_allowed_length": 4},
    {"dry_multiplier": 0.5, "dry_base": 1.2, "dry_allowed_length": 1, "dry_breakers": [5, 7]},
    {"dry_multiplier": 0.8, "penalty_window": 14},
    {"top_k": 1}, {"top_k": 5}, {"top_k": 40}, {"top_k": 100000},
    {"typical_p": 0.2}, {"typical_p": 0.9}, {"top_p": 0.0}, {"top_p": 0.5}, {"top_p": 0.95}, {"min_p": 0.05},
    {"min_p": 0.6}, {"min_p": 1.0},
    {"xtc_probability": 1.0}, {"xtc_probability": 0.5, "xtc_threshold": 0.05},
    {"xtc_probability": 1.0, "xtc_threshold": 0.6},
    {"temperature": 0.6, "top_p": 0.95}, {"temperature": 0.7, "top_k": 20, "top_p": 0.8, "repetition_penalty": 1.05},
    {"temperature": 1.5, "min_p": 0.1}, {"top_k": 30, "typical_p": 0.7}, {"typical_p": 0.8, "top_p": 0.7},
    {"top_p": 0.9, "min_p": 0.2}, {"typical_p": 0.5, "min_p": 0.3, "temperature": 1.3},
    {"repetition_penalty": 1.2, "dry_multiplier": 0.8, "temperature": 0.0, "logit_bias": [[0, 4.0]]},
    {"logit_bias": [[4, 1.5]], "repetition_penalty": 1.1, "presence_penalty": 0.2, "frequency_penalty": 0.1,
     "penalty_window": 30, "dry_multiplier": 0.8, "dry_breakers": [3], "temperature": 0.8, "top_k": 60, "typical_p": 0.95,
     "top_p": 0.9, "min_p": 0.02, "xtc_probability": 0.5, "xtc_threshold": 0.08},
]


def main():
    cases = []
    for number, options in enumerate(OPTIONS):
        for vocab, spread in ((24, 2.0), (203, 3.0)):
            for attempt in range(100):
                try:
                    cases.append(make(vocab, spread, options, [number, vocab, attempt]))
                    break
                except TooClose:
                    continue
            else:
                sys.exit(f"no case for {options}")
    json.dump(cases, sys.stdout, indent=None, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
