"""reckon pull, list and rm: layouts of the caches, interruptions, names."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import unittest

from hub_server import COMMIT, Hub, folder_contents, git_blob
from programs import ASK, BIN, SUM, TINY_R1, reckon
from pulling import MIB, QUICK, REPO, WEIGHTS, PullTest
from terminal_test import Terminal

# Killed so often; RECKON_PULL_KILLS=50 for a longer run.
KILLS = int(os.environ.get("RECKON_PULL_KILLS", "12"))


class Layouts(PullTest):
    def test_hugging_face(self):
        finished = self.assert_pulled()
        self.assertEqual(finished.stdout.strip(), os.path.join(self.repo, "snapshots", COMMIT))
        with open(os.path.join(self.repo, "refs/main"), encoding="ascii") as ref:
            self.assertEqual(ref.read(), COMMIT)
        for name in self.names():
            link = os.readlink(os.path.join(self.repo, "snapshots", COMMIT, name))
            body = self.contents[name]
            digest = hashlib.sha256(body).hexdigest() if len(body) > 100000 else git_blob(body)
            self.assertEqual(link, "../../blobs/" + digest)
        self.assertEqual(len(os.listdir(os.path.join(self.repo, "blobs"))), len(self.names()))
        sent = self.hub.bytes_sent
        done = self.pull_json()[-1]
        self.assertEqual((done["fetched_bytes"], done["reused_bytes"]), (0, sum(len(self.contents[n]) for n in self.names())))
        self.assertLess(self.hub.bytes_sent - sent, 10000)  # the listing

    def test_modelscope(self):
        finished = self.assert_pulled("--from", "modelscope")
        folder = os.path.join(self.home, ".cache/modelscope/models/reckon--tiny-r1")
        self.assertEqual(finished.stdout.strip(), os.path.join(folder, "snapshots/master"))
        self.assertEqual(os.listdir(folder), ["snapshots"])
        self.assertEqual(self.pull_json("--from", "modelscope")[-1]["fetched_bytes"], 0)

    def test_an_old_download_of_modelscope_is_found_and_mended(self):
        folder = os.path.join(self.home, ".cache/modelscope/hub/models/reckon/tiny-r1")
        os.makedirs(folder)
        for name in self.names():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(self.contents[name] if name != "config.json" else b"x" * len(self.contents[name]))
        done = self.pull_json("--from", "modelscope")[-1]
        self.assertEqual((done["folder"], done["fetched_bytes"]), (folder, len(self.contents["config.json"])))
        self.assert_model(folder)

    def test_a_download_by_others_is_found(self):
        """What huggingface_hub leaves behind, made by hand."""
        os.makedirs(os.path.join(self.repo, "blobs"))
        digest = hashlib.sha256(self.contents[WEIGHTS]).hexdigest()
        shutil.copy(os.path.join(TINY_R1, WEIGHTS), os.path.join(self.repo, "blobs", digest))
        self.assertLess(self.pull_json()[-1]["fetched_bytes"], MIB)

    def test_several_connections(self):
        self.hub.delay = 0.01
        self.assert_pulled("--connections", "4")
        ranges = [headers["Range"] for path, headers in self.hub.requests if WEIGHTS in path]
        self.assertGreaterEqual(len(ranges), 4)
        self.assertEqual(len(set(ranges)), len(ranges))

    def test_gguf(self):
        files = {"README.md": b"card", "m-Q4_K_M.gguf": b"4" * 3000, "m-Q8_0-00001-of-00002.gguf": b"8" * 2000,
                 "m-Q8_0-00002-of-00002.gguf": b"9" * 1000}
        self.hub.repos = {"some/gguf": files}
        finished = self.pull(name="some/gguf")
        self.assert_one_line_error(finished, "m-Q4_K_M", "m-Q8_0", "--quant")
        finished = self.pull("--quant", "q8_0", name="some/gguf")
        self.assert_exit(finished, 0)
        self.assertTrue(finished.stdout.strip().endswith("/m-Q8_0-00001-of-00002.gguf"), finished.stdout)
        self.assertEqual(sorted(os.listdir(os.path.dirname(finished.stdout.strip()))),
                         ["m-Q8_0-00001-of-00002.gguf", "m-Q8_0-00002-of-00002.gguf"])
        finished = self.pull(name="some/gguf:Q4_K_M")
        self.assertTrue(finished.stdout.strip().endswith("/m-Q4_K_M.gguf"), finished.stdout)

    def test_single_files(self):
        finished = self.pull("--file", "*.json", "--file", "train/*.jinja")
        self.assert_exit(finished, 0)
        found = folder_contents(finished.stdout.strip())
        self.assertIn("train/chat_template.jinja", found)
        self.assertNotIn(WEIGHTS, found)
        self.assertEqual(found["train/chat_template.jinja"], self.contents["train/chat_template.jinja"])

    def test_empty_and_equal_files(self):
        self.hub.repos = {REPO: {**self.contents, "merges.txt": b"", "vocab.txt": self.contents["config.json"]}}
        for hub in ("hf", "modelscope"):
            folder = self.pull("--from", hub).stdout.strip()
            found = folder_contents(folder)
            self.assertEqual(found["merges.txt"], b"")
            self.assertEqual(found["vocab.txt"], self.contents["config.json"])
            self.assertEqual(found["config.json"], self.contents["config.json"])


class Interrupted(PullTest):
    def start(self, *args):
        return subprocess.Popen([os.path.join(BIN, "reckon"), "pull", REPO, *QUICK, *args], env=self.env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True)

    def test_killed_again_and_again(self):
        """kill -9 at random moments: what is there is right each time, and in the end all of it is."""
        chance = random.Random(20)
        self.hub.delay = 0.004
        total = sum(len(self.contents[name]) for name in self.names())
        kills, rounds, wanted, sent = 0, 0, 0, 0
        while kills < KILLS:
            rounds += 1
            before = self.hub.bytes_sent
            for _ in range(8):
                process = self.start()
                try:
                    process.communicate(timeout=chance.uniform(0.0, 0.5))
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                    kills += 1
                self.assert_nothing_wrong()
            self.assert_pulled()
            self.assert_nothing_wrong()
            self.assertEqual([n for n in os.listdir(os.path.join(self.repo, "blobs")) if "reckon" in n], [])
            wanted += total
            sent += self.hub.bytes_sent - before
            shutil.rmtree(self.repo)
        # Sent and not received is what was under way when the process ended: the sockets' buffers.
        print(f"{kills} kills in {rounds} downloads: {sent - wanted} bytes of {wanted} were sent again, "
              f"{(sent - wanted) / kills / MIB:.2f} MiB a kill", flush=True)

    def test_damaged_while_interrupted(self):
        """One byte of what had come changes on the disk: its part alone comes again."""
        self.hub.delay = 0.01
        process = self.start("--connections", "1")
        self.wait_for(process, 6 * MIB)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 130)
        process.communicate()
        self.spoil_partial(MIB + 5)
        self.hub.delay = 0
        received = self.pull_json("--connections", "1")[-1]["fetched_bytes"]
        self.assert_model(os.path.join(self.repo, "snapshots", COMMIT))
        self.assertLess(received, len(self.contents[WEIGHTS]) - 3 * MIB)

    def test_stopped_by_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            self.hub.delay = 0.02
            process = self.start()
            self.wait_for(process, MIB)
            process.send_signal(number)
            output = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130, output)
            self.assertIn("stopped", output[1])
        self.hub.delay = 0
        self.assert_pulled()

    def test_two_at_once(self):
        self.hub.delay = 0.005
        first, second = self.start(), self.start()
        outputs = [process.communicate(timeout=120) for process in (first, second)]
        self.assertEqual([first.returncode, second.returncode], [0, 0], outputs)
        self.assertIn("waiting for another pull", outputs[0][1] + outputs[1][1])
        self.assert_model(outputs[0][0].strip())
        self.assertLess(self.hub.bytes_sent, 13 * MIB)  # nothing came twice

    def test_a_complete_file_that_was_damaged(self):
        self.assert_pulled()
        path = os.path.realpath(os.path.join(self.repo, "snapshots", COMMIT, WEIGHTS))
        with open(path, "r+b") as file:
            file.seek(2 * MIB)
            file.write(b"damage")
        done = self.pull_json("--verify", "--connections", "1")[-1]
        self.assertEqual(done["repaired_parts"], 1)
        self.assertEqual(done["reused_bytes"], sum(len(self.contents[name]) for name in self.names()))
        self.assertLessEqual(done["fetched_bytes"], 4 * MIB)
        self.assert_model(done["folder"])


class Use(PullTest):
    def test_names_are_found_in_the_caches(self):
        finished = self.reckon("tokenize", "-m", REPO, "--text", "12")
        self.assert_one_line_error(finished, "reckon pull " + REPO)
        self.assert_pulled()
        self.assertEqual(self.reckon("tokenize", "-m", REPO, "--ids", "--text", "12").stdout,
                         reckon("tokenize", "-m", TINY_R1, "--ids", "--text", "12").stdout)
        finished = self.reckon("chat", REPO, "--greedy", "-w", "f32", "-q", "What is 12 + 30?")
        self.assert_exit(finished, 0)
        self.assertIn("42", finished.stdout)

    def test_chat_offers_to_pull(self):
        with Terminal("chat", REPO, *ASK[2:], SUM, env=self.env) as terminal:
            terminal.read_until("Look for it on the hub? [Y/n] ")
            terminal.type("n\n")
            self.assertEqual(terminal.exit_code(), 130)
        self.assertEqual(self.hub.requests, [])
        with Terminal("chat", REPO, *ASK[2:], SUM, env=self.env) as terminal:
            terminal.read_until("Look for it on the hub? [Y/n] ")
            terminal.type("\n")
            terminal.read_until("Fetch it to ")
            terminal.read_until("[Y/n] ")
            self.assertEqual(len(self.hub.requests), 1)  # the listing
            terminal.type("y\n")
            terminal.read_until("42")
            self.assertEqual(terminal.exit_code(), 0)

    def test_progress_on_a_terminal(self):
        self.hub.delay = 0.02
        with Terminal("pull", REPO, "--yes", env=self.env) as terminal:
            self.assertRegex(terminal.read_until("/s  0:0"), r"fetching \[#*\.*\] +\d+%  [\d.]+ .* of 11\.2 MiB  [\d.]+ MiB")
            terminal.read_until("were there]")
            self.assertEqual(terminal.exit_code(), 0)

    def test_rm_asks_on_a_terminal(self):
        self.assert_pulled()
        for answer, gone in (("\n", False), ("y\n", True)):
            with Terminal("rm", REPO, env=self.env) as terminal:
                terminal.read_until("[y/N] ")
                terminal.type(answer)
                self.assertEqual(terminal.exit_code(), 0 if gone else 130)
            self.assertNotEqual(os.path.exists(self.repo), gone)

    def test_progress_as_json(self):
        self.hub.delay = 0.02
        events = self.pull_json()
        self.assertEqual(events[0]["event"], "plan")
        self.assertEqual(events[-1]["event"], "done")
        running = [event for event in events if event["event"] == "progress" and event["stage"] == "fetching"]
        self.assertTrue(running)
        self.assertEqual(sorted(event["done"] for event in running), [event["done"] for event in running])
        self.assertEqual(running[0]["total"], sum(len(self.contents[name]) for name in self.names()))

    def test_list_and_rm(self):
        self.assertIn("no models", self.reckon("list").stderr)
        self.assert_pulled()
        self.hub.commit = COMMIT[::-1]
        changed = {**self.contents, "README.md": b"new"}
        self.hub.repos = {REPO: changed}
        self.assert_exit(self.pull(), 0)
        self.assert_exit(self.pull("--from", "modelscope"), 0)
        listed = json.loads(self.reckon("list", "--json").stdout)
        self.assertEqual([(m["name"], m["hub"], m["revision"], m["refs"], m["complete"]) for m in listed],
                         [(REPO, "hf", COMMIT, [], True), (REPO, "hf", COMMIT[::-1], ["main"], True),
                          (REPO, "modelscope", "master", [], True)])
        self.assertIn("safetensors", self.reckon("list").stdout)
        self.assert_exit(self.reckon("rm", REPO), 2)
        blobs = len(os.listdir(os.path.join(self.repo, "blobs")))
        finished = self.reckon("rm", REPO, "--yes", "--from", "hf", "--revision", COMMIT)
        self.assert_exit(finished, 0)
        self.assertEqual(len(os.listdir(os.path.join(self.repo, "blobs"))), blobs - 1)  # the old README.md
        found = folder_contents(os.path.join(self.repo, "snapshots", COMMIT[::-1]))
        self.assertEqual(found, {name: changed[name] for name in self.names()})
        self.assert_exit(self.reckon("rm", REPO, "--yes"), 0)
        self.assertFalse(os.path.exists(self.repo))
        self.assertEqual(json.loads(self.reckon("list", "--json").stdout), [])
        self.assert_exit(self.reckon("rm", REPO, "--yes"), 1)

    def test_what_is_not_complete_is_not_offered(self):
        self.hub.repos = {REPO: self.contents}
        self.assert_exit(self.pull("--file", "*.json"), 0)
        self.assertFalse(json.loads(self.reckon("list", "--json").stdout)[0]["complete"])
        self.assert_one_line_error(self.reckon("tokenize", "-m", REPO, "--text", "12"), "not complete")

    def test_offline(self):
        self.env["HF_HUB_OFFLINE"] = "1"
        self.assert_one_line_error(self.pull(), "HF_HUB_OFFLINE")
        self.assertEqual(self.hub.requests, [])

    def test_token(self):
        self.hub.token = ("Authorization", "Bearer hf_secret")
        finished = self.pull()
        self.assert_exit(finished, 1)
        self.assertIn("HF_TOKEN", finished.stderr)
        os.makedirs(os.path.join(self.home, "caches/huggingface"))
        with open(os.path.join(self.home, "caches/huggingface/token"), "w", encoding="ascii") as file:
            file.write("hf_secret\n")
        self.assert_pulled()
        self.hub.token = ("Cookie", "m_session_id=ms_secret")
        self.env["MODELSCOPE_API_TOKEN"] = "ms_secret"
        finished = self.assert_pulled("--from", "modelscope")
        self.assertNotIn("secret", finished.stdout + finished.stderr)
        self.env["HF_TOKEN"] = "two\nlines"
        finished = self.pull()
        self.assert_exit(finished, 1)
        self.assertNotIn("lines", finished.stderr)

    def test_proxy(self):
        """Through the hub itself, which is asked for addresses as a proxy is."""
        proxy = Hub({})
        self.addCleanup(proxy.close)
        self.env.update(http_proxy=proxy.url, HF_ENDPOINT="http://models.example")
        self.assert_exit(self.pull("--retries", "0"), 1)
        self.assertTrue(proxy.requests[0][0].startswith("http://models.example/api/models/"), proxy.requests)
        self.env.update(no_proxy="127.0.0.1", HF_ENDPOINT=self.hub.url)
        self.assert_pulled()
        self.assertEqual(len(proxy.requests), 1)

    def test_wrong_command_lines(self):
        for args in (("pull",), ("pull", REPO, "--from", "elsewhere"), ("pull", REPO, "--connections", "0"), ("rm",)):
            self.assert_exit(self.reckon(*args), 2)
        for name in ("tiny", "a/b/c", "../x", "http://elsewhere.example/a/b", "deepseek-r1:70b"):
            self.assert_one_line_error(self.pull(name=name), "names no model")
        self.env["HF_ENDPOINT"] = "file:///etc"
        self.assert_one_line_error(self.pull(), "HF_ENDPOINT")


if __name__ == "__main__":
    unittest.main()
