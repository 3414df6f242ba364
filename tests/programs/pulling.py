"""What the tests of reckon pull share: a hub on this machine and a home of their own."""

import hashlib
import json
import os
import tempfile
import time
import unittest

from hub_server import COMMIT, Hub, folder_contents, git_blob
from programs import TINY_R1, ProgramTest, environment, reckon

REPO = "reckon/tiny-r1"
WEIGHTS = "model.safetensors"
MIB = 1 << 20
QUICK = ("--retry-delay", "0.02", "--timeout", "2")


class PullTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        if "without libcurl" in reckon("pull", "--help").stdout:
            raise unittest.SkipTest("this build has no reckon pull")
        cls.contents = folder_contents(TINY_R1)
        cls.hub = Hub({REPO: cls.contents})

    @classmethod
    def tearDownClass(cls):
        cls.hub.close()

    def setUp(self):
        self.hub.reset()
        self.hub.repos = {REPO: self.contents}
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = folder.name
        none = {name: None for name in os.environ if name.lower().endswith("_proxy") or name.startswith(("HF_", "MODELSCOPE"))}
        self.env = environment(**none)
        self.env.update(HOME=self.home, HF_ENDPOINT=self.hub.url, MODELSCOPE_ENDPOINT=self.hub.url,
                        XDG_CACHE_HOME=os.path.join(self.home, "caches"))
        self.repo = os.path.join(self.home, "caches/huggingface/hub/models--reckon--tiny-r1")

    def reckon(self, *args, **options):
        return reckon(*args, env=self.env, **options)

    def pull(self, *args, name=REPO, **options):
        return self.reckon("pull", name, *QUICK, *args, **options)

    def pull_json(self, *args, **options):
        finished = self.pull("--json", *args, **options)
        self.assert_exit(finished, 0)
        return [json.loads(line) for line in finished.stdout.splitlines()]

    def wait_for(self, process, sent):
        """Until the hub has sent so much."""
        before = self.hub.bytes_sent
        while self.hub.bytes_sent < before + sent and process.poll() is None:
            time.sleep(0.01)

    def names(self):
        return [name for name in self.contents if "/" not in name and name != "golden.jsonl"]

    def assert_model(self, folder):
        """All files are there, byte for byte, and nothing else."""
        found = folder_contents(folder)
        self.assertEqual(sorted(found), sorted(self.names()))
        for name in self.names():
            self.assertTrue(found[name] == self.contents[name], name)

    def assert_nothing_wrong(self):
        """Under names that promise contents stand these contents."""
        blobs = os.path.join(self.repo, "blobs")
        for name in os.listdir(blobs) if os.path.isdir(blobs) else ():
            if "." not in name:
                with open(os.path.join(blobs, name), "rb") as file:
                    body = file.read()
                self.assertIn(name, (hashlib.sha256(body).hexdigest(), git_blob(body)))
        snapshot = os.path.join(self.repo, "snapshots", COMMIT)
        for name, body in (folder_contents(snapshot) if os.path.isdir(snapshot) else {}).items():
            self.assertTrue(body == self.contents[name], name)

    def assert_pulled(self, *args):
        finished = self.pull(*args)
        self.assert_exit(finished, 0)
        self.assert_model(finished.stdout.strip())
        return finished

    def spoil_partial(self, at):
        path = os.path.join(self.repo, "blobs", hashlib.sha256(self.contents[WEIGHTS]).hexdigest() + ".reckon-incomplete")
        with open(path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ 1]))
