"""What all sections need: running the adapter, counting, and figures about logits."""
import collections
import json
import subprocess
import sys

import numpy as np


class Report:
    """Counts of passed, failed and skipped cases, by part."""

    def __init__(self, verbose):
        self.verbose = verbose
        self.parts = collections.defaultdict(lambda: [0, 0, 0])

    def add(self, part, passed, case, detail=''):
        """passed: True, False, or None for a case that the adapter does not support."""
        counts = self.parts[part]
        counts[{True: 0, False: 1, None: 2}[passed]] += 1
        if passed is False and (self.verbose or counts[1] <= 10):
            print(f'FAILED {part}: {case}: {detail}'[:400])

    def finish(self):
        total = [0, 0, 0]
        for part, counts in self.parts.items():
            print(f'{part}: {counts[0]} passed, {counts[1]} failed' + (f', {counts[2]} skipped' if counts[2] else ''))
            total = [a + b for a, b in zip(total, counts)]
        print(f'{total[0]} passed, {total[1]} failed' + (f', {total[2]} skipped' if total[2] else ''))
        return 1 if total[1] or not total[0] else 0


class Runner:
    """Starts the adapter, once for each file or model."""

    def __init__(self, command):
        self.command = command

    def ask(self, arguments, requests, timeout=600):
        """Answers by id; a request without an answer is absent."""
        lines = ''.join(json.dumps(request) + '\n' for request in requests)
        try:
            done = subprocess.run(self.command + arguments, input=lines.encode(), capture_output=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            print(f'{" ".join(arguments)}: no end after {timeout} s', file=sys.stderr)
            return {}
        if done.returncode:
            print(f'{" ".join(arguments)}: exit {done.returncode}: {done.stderr.decode("utf-8", "replace")[-400:]}',
                  file=sys.stderr)
        answers = (json.loads(line) for line in done.stdout.splitlines() if line.startswith(b'{'))
        return {answer['id']: answer for answer in answers}

    def load(self, kind, path, probe, limit_memory, timeout=20):
        """Exit code and message of the verb `load`; None for the code if it did not end."""
        try:
            done = subprocess.run(self.command + ['load', '--kind', kind, '--path', path, '--probe', probe],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  preexec_fn=limit_memory, timeout=timeout)
        except subprocess.TimeoutExpired:
            return None, f'still running after {timeout} s'
        return done.returncode, done.stderr.decode('utf-8', 'replace').strip()


def log_softmax(x):
    x = x.astype(np.float64)
    x -= x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


class Divergence:
    """How far logits [positions, vocabulary] are from a reference."""

    def __init__(self, reference, logits):
        self.finite = bool(np.isfinite(logits).all())
        self.error = float(np.abs(reference - logits).max())
        self.relative = self.error / float(np.abs(reference).max())
        p, q = log_softmax(reference), log_softmax(logits)
        kl = (np.exp(p) * (p - q)).sum(axis=-1)
        self.kl_mean, self.kl_max = float(kl.mean()), float(kl.max())
        self.same_argmax = int((reference.argmax(axis=-1) == logits.argmax(axis=-1)).sum())

    def __str__(self):
        return (f'error {self.error:.3g} ({self.relative:.2g} of the largest), KL mean {self.kl_mean:.3g} max '
                f'{self.kl_max:.3g}, same argmax {self.same_argmax}')
