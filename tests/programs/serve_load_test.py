#!/usr/bin/env python3
"""A mix of valid, wrong, oversized, slow, half-sent and abandoned requests over 16 connections, RECKON_LOAD_SECONDS long (default 5).

The server must answer every valid one, and have its memory back in the end."""

import collections
import http.client
import json
import os
import random
import threading
import time
import unittest

import programs
from serving import Server, post_bytes

SECONDS = float(os.environ.get("RECKON_LOAD_SECONDS", "5"))
CONNECTIONS = 16
CHAT = "/v1/chat/completions"


def memory(process):
    """Resident bytes that are the process's own."""
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon:"))


class Load:
    def __init__(self, server):
        self.server = server
        self.end = 0.0
        self.counts = collections.Counter()
        self.failures = []
        self.lock = threading.Lock()

    def valid(self, generator):
        body = {"messages": [{"role": "user", "content": f"What is {generator.randrange(99)} + {generator.randrange(99)}?"}],
                "max_tokens": 24, "n": generator.choice((1, 1, 2)), "seed": generator.randrange(9)}
        if generator.random() < 0.5:
            events = list(self.server.stream(CHAT, body))
            assert events[-1] == "[DONE]", events[-1]
            assert all("error" not in event for event in events[:-1]), events
        else:
            status, _, answer = self.server.post(CHAT, body)
            assert status == 200 and len(answer["choices"]) == body["n"], answer

    def invalid(self, generator):
        body = generator.choice((b"{", b"\xff", b"[" * 9000, b'{"messages": 1}', json.dumps({"prompt": "x", "n": -1}).encode()))
        path = generator.choice((CHAT, "/v1/completions"))
        assert self.server.post(path, body)[0] == 400

    def oversized(self, generator):
        if generator.random() < 0.5:
            assert b" 413 " in self.server.raw(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 100000)[:20]
        else:
            assert b" 431 " in self.server.raw(b"GET / HTTP/1.1\r\nX: " + b"y" * 50000 + b"\r\n\r\n")[:20]

    def slow(self, generator):
        data = post_bytes(CHAT, b'{"messages": []}', "Connection: close")
        with self.server.open() as connection:
            for start in range(0, len(data), 40):
                connection.sendall(data[start:start + 40])
                time.sleep(generator.random() * 0.02)
            assert b" 400 " in connection.recv(65536)[:20]

    def half(self, generator):
        data = post_bytes(CHAT, b'{"messages": []}')
        self.server.open(data[:generator.randrange(len(data))]).close()

    def abandoned(self, generator):
        body = {"prompt": "1 2 3", "max_tokens": 5000, "stream": generator.random() < 0.5}
        with self.server.open(post_bytes("/v1/completions", json.dumps(body).encode())):
            time.sleep(generator.random() * 0.1)

    def work(self, number):
        generator = random.Random(number)
        kinds = (self.valid, self.valid, self.invalid, self.oversized, self.slow, self.half, self.abandoned)
        while time.monotonic() < self.end:
            kind = generator.choice(kinds)
            start = time.monotonic()
            try:
                kind(generator)
            except (AssertionError, OSError, RuntimeError, http.client.HTTPException) as error:
                with self.lock:
                    self.failures.append(f"{kind.__name__} after {time.monotonic() - start:.1f} s: {error!r}"[:500])
            with self.lock:
                self.counts[kind.__name__] += 1

    def run(self, seconds):
        self.end = time.monotonic() + seconds
        threads = [threading.Thread(target=self.work, args=(number,)) for number in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class ServeLoadTest(unittest.TestCase):
    def test_survives(self):
        with Server("--slots", "4", "--queue", "64", "--log-format", "none") as server:
            load = Load(server)
            load.run(SECONDS / 2)  # every thread, session and buffer has been in use
            time.sleep(0.5)
            before = memory(server.process) if os.path.exists("/proc/self/status") else 0
            load.run(SECONDS)
            deadline = time.monotonic() + 30
            while server.metric("reckon_slots_active") > 0 and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.5)
            after = memory(server.process) if before else 0
            print(f"{dict(load.counts)} in {1.5 * SECONDS:.0f} s; memory {before} -> {after} bytes")
            self.assertEqual(load.failures, [])
            self.assertGreater(load.counts["valid"], 10)
            self.assertEqual(server.metric("reckon_slots_active"), 0)
            if SECONDS >= 30:  # in a short run, heaps of threads that begin to be used say nothing
                self.assertLess(after, before * 1.05)
            self.assertEqual(server.post(CHAT, {"messages": [{"role": "user", "content": programs.SUM}], "temperature": 0})[0], 200)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
