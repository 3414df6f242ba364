"""reckon pull against a hub that does everything wrong that a hub and a network can."""

import contextlib
import email.utils
import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

from hub_server import COMMIT, Fault, Hub
from programs import BIN
from pulling import MIB, QUICK, REPO, WEIGHTS, PullTest


def close(handler, _):
    handler.drop()
    return True


def half(handler, body):
    first, last = handler.asked(body)
    handler.range(body, cut=(last - first) // 2)
    return True


def answer(status, headers=()):
    def act(handler, _):
        handler.send(status, b"no", headers)
        return True
    return act


def wrong_length(difference):
    def act(handler, body):
        first, last = handler.asked(body)
        part = body[first:last + 1]
        part = part + b"x" * difference if difference > 0 else part[:difference]
        handler.send(206, part, [("Content-Range", f"bytes {first}-{last}/{len(body)}")])
        return True
    return act


def content_range(change):
    def act(handler, body):
        first, last = handler.asked(body)
        handler.send(206, body[first:last + 1], [("Content-Range", change(first, last, len(body)))])
        return True
    return act


def corrupt(handler, body):
    first, last = handler.asked(body)
    middle = (first + last) // 2
    spoiled = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1:]
    handler.range(spoiled)
    return True


def stall(handler, body):
    first, last = handler.asked(body)
    handler.send_response(206)
    handler.send_header("Content-Length", str(last - first + 1))
    handler.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
    handler.end_headers()
    handler.write(body[first:first + 100])
    time.sleep(4)
    handler.drop()
    return True


def silent(handler, _):
    time.sleep(4)
    handler.drop()
    return True


def redirect(target):
    def act(handler, _):
        handler.send(302, b"", [("Location", target(handler))])
        return True
    return act


def compressed(handler, body):
    first, last = handler.asked(body)
    packed = gzip.compress(body[first:last + 1], 1)
    handler.send(206, packed, [("Content-Range", f"bytes {first}-{last}/{len(body)}"), ("Content-Encoding", "gzip")])
    return True


def garbage(handler, _):
    handler.wfile.write(b"\0\1\2 this is not HTTP\r\n\r\n")
    handler.drop()
    return True


def page_instead(handler, _):
    handler.send(200, b"<html>please log in</html>")
    return True


def soon(_):
    return email.utils.formatdate(time.time() + 1, usegmt=True)


class Faults(PullTest):
    """After each of these the model arrives whole."""

    RECOVERED = {
        "dropped before an answer": Fault(close, 3),
        "dropped in the middle": Fault(half, 3),
        "body shorter than the range": Fault(wrong_length(-1000), 2),
        "body longer than the range": Fault(wrong_length(1000), 2),
        "another range than was asked for": Fault(content_range(lambda a, b, n: f"bytes {a + 1}-{b + 1}/{n}"), 2),
        "another size of the whole": Fault(content_range(lambda a, b, n: f"bytes {a}-{b}/{n + 1}"), 2),
        "no Content-Range": Fault(content_range(lambda a, b, n: "nonsense"), 2),
        "429 with Retry-After": Fault(answer(429, [("Retry-After", "1")]), 1),
        "503 with a date": Fault(lambda h, _: answer(503, [("Retry-After", soon(0))])(h, _), 1),
        "500, 502, 504": Fault(answer(502), 3),
        "408": Fault(answer(408), 1),
        "a corrupted byte": Fault(corrupt, 1),
        "two corrupted bytes": Fault(corrupt, 2),
        "stalled in the middle": Fault(stall, 1),
        "no answer": Fault(silent, 1),
        "compressed": Fault(compressed, 1),
        "not HTTP": Fault(garbage, 2),
        "a page to log in": Fault(page_instead, 2),
        "416": Fault(answer(416), 1),
        "listing cut short": Fault(lambda h, v: h.send(200, json.dumps(v).encode()[:-20]) or True, 2, "listing"),
        "listing dropped": Fault(close, 2, "listing"),
        "listing 429": Fault(answer(429, [("Retry-After", "1")]), 1, "listing"),
        "listing 503": Fault(answer(503), 3, "listing"),
    }

    def test_recovered(self):
        for name, fault in self.RECOVERED.items():
            for hub in ("hf", "modelscope") if fault.on == "listing" or "corrupted" in name else ("hf",):
                with self.subTest(name, hub=hub):
                    shutil.rmtree(os.path.join(self.home, "caches"), ignore_errors=True)
                    shutil.rmtree(os.path.join(self.home, ".cache"), ignore_errors=True)
                    self.hub.reset()
                    self.hub.faults = [Fault(fault.act, fault.times, fault.on)]
                    begin = time.monotonic()
                    self.assert_pulled("--from", hub)
                    self.assertEqual(self.hub.faults[0].times, 0, "the fault did not happen")
                    if "429" in name:
                        self.assertGreaterEqual(time.monotonic() - begin, 0.9)
                    self.assert_nothing_wrong()

    def test_ranges_ignored(self):
        self.hub.ignore_ranges = True
        self.assert_pulled()
        shutil.rmtree(self.repo)
        self.hub.faults = [Fault(lambda h, b: h.range(b, cut=5 * MIB) or True, 3)]
        self.assert_pulled()
        self.hub.faults = [Fault(corrupt, 1)]
        shutil.rmtree(self.repo)
        self.assert_pulled()

    def test_redirected(self):
        other = Hub({})
        other.blobs = self.hub.blobs
        self.addCleanup(other.close)
        self.env["HF_TOKEN"] = "hf_secret"
        self.hub.token = ("Authorization", "Bearer hf_secret")
        self.hub.redirect = other.url
        finished = self.assert_pulled()
        self.assertNotIn("secret", finished.stdout + finished.stderr)
        self.assertTrue(other.requests)
        for _, headers in other.requests:
            self.assertNotIn("Authorization", headers)
        for path, headers in self.hub.requests:
            self.assertEqual(headers.get("Authorization"), "Bearer hf_secret", path)

    def test_refused_redirects(self):
        secret = os.path.join(self.home, "secret")
        with open(secret, "w", encoding="ascii") as file:
            file.write("secret")
        for name, target in {"loop": lambda h: h.path, "file": lambda h: "file://" + secret,
                             "ftp": lambda h: "ftp://127.0.0.1/x", "gopher": lambda h: "gopher://127.0.0.1:1/x"}.items():
            for on in ("file", "listing"):
                with self.subTest(name, on=on):
                    self.hub.faults = [Fault(redirect(target), -1, on)]
                    finished = self.pull()
                    self.assert_exit(finished, 1)
                    self.assertNotIn("secret", finished.stdout)
                    self.assert_nothing_wrong()
                    self.assertFalse(os.path.exists(os.path.join(self.repo, "snapshots", COMMIT, WEIGHTS)))

    def test_given_up(self):
        self.hub.faults = [Fault(answer(503), -1)]
        self.assert_exit(self.pull("--retries", "2"), 1)
        self.hub.faults = [Fault(answer(429, [("Retry-After", "100000")]), -1)]
        begin = time.monotonic()
        self.assert_exit(self.pull(), 1)
        self.assertLess(time.monotonic() - begin, 60)
        self.hub.faults = []
        self.assert_pulled()

    def test_refused_answers(self):
        for status, words in ((401, "token"), (403, "token"), (404, "no such model")):
            with self.subTest(status):
                self.hub.faults = [Fault(answer(status), -1, "listing")]
                finished = self.pull()
                self.assert_exit(finished, 1)
                self.assertIn(words, finished.stderr)
        self.assert_exit(self.pull(name="no/such"), 1)
        self.assert_exit(self.pull("--revision", "../../x"), 1)

    def test_always_wrong_contents(self):
        def act(handler, body):
            handler.range(body[:-1] + bytes([body[-1] ^ 1]))
            return True
        self.hub.faults = [Fault(act, -1)]
        finished = self.pull()
        self.assert_exit(finished, 1)
        self.assertIn("checksum", finished.stderr)
        self.assert_nothing_wrong()
        self.hub.faults = []
        self.assert_pulled()

    def test_changed_midway(self):
        """The branch moves on between the listing and the contents."""
        old = {**self.contents, WEIGHTS: bytes(len(self.contents[WEIGHTS]))}
        self.hub.repos = {REPO: old}

        def act(handler, _):
            self.hub.repos = {REPO: self.contents}
            self.hub.commit = COMMIT[::-1]
            handler.range(self.contents[WEIGHTS])
            return True
        for hub in ("hf", "modelscope"):
            with self.subTest(hub):
                self.hub.repos, self.hub.commit = {REPO: old}, COMMIT
                self.hub.faults = [Fault(act, 1)]
                finished = self.assert_pulled("--from", hub)
                self.assertIn("has changed", finished.stderr)

    def test_hostile_listings(self):
        ones = "1" * 64
        for path in ("../x", "/etc/x", "a/../../x", "a\\..\\x", "x\n.json", "a//b", "", ".", "C:x", "a" * 300):
            entry = {"rfilename": path, "size": 1, "lfs": {"sha256": ones, "size": 1}}
            self.refuse_listing({"sha": COMMIT, "siblings": [entry]})
        config = {"rfilename": "config.json", "size": 1, "lfs": {"sha256": ones, "size": 1}}
        for siblings in ([config, config], [config, {**config, "rfilename": "config.json/x"}], [{**config, "lfs": {}}],
                         [{**config, "lfs": {"sha256": ones, "size": -1}}], [{**config, "lfs": {"sha256": ones, "size": 1e30}}],
                         [{**config, "lfs": {"sha256": "../" * 21 + "x", "size": 1}}], "files", [7], None):
            self.refuse_listing({"sha": COMMIT, "siblings": siblings})
        for sha in ("../../x", "", None, 7, COMMIT[:-1]):
            self.refuse_listing({"sha": sha, "siblings": [config]})
        self.refuse_listing([])
        deep = b'{"siblings":' + b"[" * 1000000
        self.hub.faults = [Fault(lambda h, _: h.send(200, deep) or True, -1, "listing")]
        self.assert_exit(self.pull("--retries", "0"), 1)
        self.hub.chunk = MIB
        self.hub.faults = [Fault(lambda h, _: h.send(200, b" " * (33 * MIB)) or True, -1, "listing")]
        self.assertIn("longer", self.pull("--retries", "0").stderr)

    def refuse_listing(self, value):
        with self.subTest(str(value)[:200]):
            self.hub.faults = [Fault(lambda h, _: h.send(200, json.dumps(value).encode()) or True, -1, "listing")]
            finished = self.pull()
            self.assert_exit(finished, 1)
            self.assertIn("listing", finished.stderr)
            self.assertFalse(os.path.exists(self.repo))

    def test_link_in_the_way(self):
        outside = os.path.join(self.home, "outside")
        os.makedirs(outside)
        os.makedirs(os.path.join(self.repo, "snapshots", COMMIT))
        os.symlink(outside, os.path.join(self.repo, "snapshots", COMMIT, "train"))
        finished = self.pull("--file", "train/*")
        self.assert_exit(finished, 1)
        self.assertIn("in the way", finished.stderr)
        self.assertEqual(os.listdir(outside), [])

    def test_full_disk(self):
        """A file may not grow beyond 3 MiB: what has come until then is kept."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (3 * MIB, 3 * MIB))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        finished = subprocess.run([os.path.join(BIN, "reckon"), "pull", REPO, *QUICK], env=self.env, capture_output=True,
                                  encoding="utf-8", preexec_fn=limit, restore_signals=False, timeout=120, check=False)
        self.assert_exit(finished, 1)
        self.assertIn("make room", finished.stderr)
        self.assert_nothing_wrong()
        self.assert_pulled()

    @unittest.skipUnless(os.geteuid() == 0, "only root may mount")
    def test_small_disk(self):
        disk = os.path.join(self.home, "disk")
        os.makedirs(disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", disk], capture_output=True, check=False).returncode:
            self.skipTest("mounting is not allowed here")
        try:
            self.env["HF_HOME"] = disk
            finished = self.pull()
            self.assert_exit(finished, 1)
            self.assertIn("not enough room", finished.stderr)
            self.assertFalse(os.path.exists(os.path.join(disk, "hub/models--reckon--tiny-r1/blobs")))
            # Filled by somebody else while the download runs.
            subprocess.run(["mount", "-o", "remount,size=14m", disk], check=True)
            self.hub.delay = 0.02
            process = subprocess.Popen([os.path.join(BIN, "reckon"), "pull", REPO, *QUICK], env=self.env,
                                       stderr=subprocess.PIPE, encoding="utf-8")
            self.wait_for(process, 2 * MIB)
            with contextlib.suppress(OSError), open(os.path.join(disk, "filler"), "wb", buffering=0) as filler:
                filler.write(bytes(9 * MIB))
            error = process.communicate(timeout=120)[1]
            self.assertEqual(process.returncode, 1, error)
            self.assertIn("make room", error)
            os.remove(os.path.join(disk, "filler"))
            self.hub.delay = 0
            self.assert_pulled()
        finally:
            subprocess.run(["umount", "-l", disk], check=False)

if __name__ == "__main__":
    unittest.main()
