#!/usr/bin/env python3
"""`reckon serve` as its clients see it."""

import base64
import json
import os
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import programs
from serving import Server, post_bytes

CHAT = "/v1/chat/completions"
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")
ASK = {"messages": [{"role": "user", "content": programs.SUM}], "temperature": 0}
# Goes on until it is stopped, at most to the end of the context: token 2042 would end the text.
LONG = {"prompt": "1 2 3 4", "temperature": 1.5, "seed": 7, "max_tokens": 100000, "logit_bias": {"2042": -100}}


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


class ServeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--model-name", "tiny", "--slots", "2", "--queue", "2", "--read-timeout", "1", "--max-body", "20000",
                            "--connections", "24", "--allowed-host", "box.example", "--allow-origin", "https://page.example")

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def assert_error(self, answer, status, **members):
        self.assertEqual(answer[0], status, answer[2])
        error = answer[2]["error"]
        self.assertEqual(set(error), {"message", "type", "param", "code"})
        for name, value in members.items():
            self.assertEqual(error[name], value, error)

    def test_answers_a_question_as_the_program_run_does(self):
        status, _, answer = self.server.post(CHAT, {**ASK, "model": "tiny"})
        self.assertEqual(status, 200, answer)
        message = answer["choices"][0]["message"]
        expected = programs.reckon("run", "-m", programs.TINY_R1, "-w", "f32", "--greedy", "--json", "-q", "-p", programs.SUM)
        expected = json.loads(expected.stdout)
        self.assertEqual(message["content"], expected["answer"])
        self.assertIn("42", message["content"])
        self.assertEqual(message["reasoning_content"], expected["reasoning"])
        self.assertEqual(answer["choices"][0]["finish_reason"], "stop")
        usage = answer["usage"]
        self.assertEqual(usage["total_tokens"], usage["prompt_tokens"] + usage["completion_tokens"])
        self.assertGreater(usage["completion_tokens_details"]["reasoning_tokens"], 0)

    def test_streams_the_same_words(self):
        whole = self.server.post(CHAT, ASK)[2]
        events = list(self.server.stream(CHAT, {**ASK, "stream_options": {"include_usage": True}}))
        self.assertEqual(events[-1], "[DONE]")
        usage = events[-2]
        self.assertEqual(usage["choices"], [])
        self.assertEqual(usage["usage"]["completion_tokens"], whole["usage"]["completion_tokens"])
        deltas = [event["choices"][0]["delta"] for event in events[:-2]]
        self.assertEqual(deltas[0]["role"], "assistant")
        self.assertEqual("".join(delta.get("content", "") for delta in deltas), whole["choices"][0]["message"]["content"])
        self.assertEqual("".join(delta.get("reasoning_content", "") for delta in deltas),
                         whole["choices"][0]["message"]["reasoning_content"])
        self.assertEqual(events[-3]["choices"][0]["finish_reason"], "stop")
        self.assertGreater(len(deltas), 5)

    def test_reasoning_is_ended_at_its_budget(self):
        free = self.server.post(CHAT, ASK)[2]
        spent = free["usage"]["completion_tokens_details"]["reasoning_tokens"]
        self.assertNotIn("interventions", free["choices"][0])
        for enough in ({"max_reasoning_tokens": spent}, {"max_reasoning_tokens": -1}, {"reasoning_effort": "high"}):
            self.assertEqual(self.server.post(CHAT, {**ASK, **enough})[2]["choices"], free["choices"], enough)
        request = {**ASK, "max_reasoning_tokens": 3}
        cut = self.server.post(CHAT, request)[2]["choices"][0]
        self.assertEqual(cut["interventions"], ["budget_close"])
        reasoning = cut["message"]["reasoning_content"]
        self.assertTrue(free["choices"][0]["message"]["reasoning_content"].startswith(reasoning.split("\n\n")[0]), reasoning)
        self.assertIn("Time is up", reasoning)
        self.assertTrue(cut["message"]["content"])
        events = list(self.server.stream(CHAT, request))
        self.assertEqual(events[-2]["choices"][0]["interventions"], ["budget_close"])
        self.assertEqual("".join(event["choices"][0]["delta"].get("content", "") for event in events[:-1]), cut["message"]["content"])
        logged = self.server.post(CHAT, {**request, "logprobs": True})[2]["choices"][0]
        self.assertEqual("".join(entry["token"] for entry in logged["logprobs"]["content"]), cut["message"]["content"])
        # What is left is the answer's: a quarter of max_tokens, and what it takes to end the reasoning.
        limited = self.server.post(CHAT, {**ASK, "max_reasoning_tokens": -1, "temperature": 2, "seed": 1, "max_tokens": 160,
                                          "logit_bias": {self.close_mark(): -100}})[2]["choices"][0]
        self.assertEqual(limited["interventions"], ["reserve_close"])
        none = self.server.post(CHAT, {**ASK, "reasoning_effort": "none", "max_tokens": 20})[2]
        self.assertEqual(none["choices"][0]["interventions"], ["thinking_off"])
        self.assertNotIn("reasoning_content", none["choices"][0]["message"])
        self.assertEqual(none["usage"]["completion_tokens_details"]["reasoning_tokens"], 0)

    @staticmethod
    def close_mark():
        """The id of </think>."""
        with open(os.path.join(programs.TINY_R1, "tokenizer.json"), encoding="utf-8") as file:
            return next(str(token["id"]) for token in json.load(file)["added_tokens"] if token["content"] == "</think>")

    def test_stops_at_strings_and_lengths(self):
        answer = self.server.post(CHAT, {**ASK, "stop": ["42"]})[2]["choices"][0]
        self.assertEqual(answer["finish_reason"], "stop")
        self.assertNotIn("42", json.dumps(answer["message"]))
        answer = self.server.post(CHAT, {**ASK, "max_tokens": 3})[2]
        self.assertEqual(answer["choices"][0]["finish_reason"], "length")
        self.assertEqual(answer["usage"]["completion_tokens"], 3)

    def test_seed_decides(self):
        request = {"prompt": "1 2 3 4", "temperature": 2, "max_tokens": 20, "n": 3, "seed": 5}
        first, again = (self.server.post("/v1/completions", request)[2] for _ in range(2))
        texts = [choice["text"] for choice in first["choices"]]
        self.assertEqual(texts, [choice["text"] for choice in again["choices"]])
        self.assertEqual(len(set(texts)), 3)
        self.assertEqual([choice["index"] for choice in first["choices"]], [0, 1, 2])
        other = self.server.post("/v1/completions", {**request, "seed": 99})[2]
        self.assertNotEqual(texts, [choice["text"] for choice in other["choices"]])

    def test_logprobs(self):
        request = {**ASK, "logprobs": True, "top_logprobs": 3}
        choice = self.server.post(CHAT, request)[2]["choices"][0]
        entries = choice["logprobs"]["content"]
        self.assertEqual("".join(entry["token"] for entry in entries).strip(), choice["message"]["content"])
        for entry in entries:
            self.assertEqual(len(entry["top_logprobs"]), 3)
            self.assertLessEqual(entry["logprob"], 0)
            # Greedy: the most likely one was taken.
            self.assertEqual(entry["top_logprobs"][0]["token"], entry["token"])
            self.assertEqual(entry["top_logprobs"][0]["logprob"], entry["logprob"])
        banned = entries[0]["bytes"]
        streamed = [event for event in self.server.stream(CHAT, request) if event != "[DONE]"]
        streamed = [entry for event in streamed if event["choices"][0]["logprobs"] for entry in event["choices"][0]["logprobs"]["content"]]
        self.assertEqual([entry["logprob"] for entry in streamed], [entry["logprob"] for entry in entries])
        self.assertEqual(streamed[0]["bytes"], banned)

    def test_several_prompts(self):
        request = {"temperature": 1.5, "max_tokens": 12, "seed": 3, "n": 2, "logprobs": 1}
        prompts = ("1 2 3 4", "What is 7 + 5?", "1 2 3")
        alone = [self.server.post("/v1/completions", {**request, "prompt": prompt})[2] for prompt in prompts]
        together = self.server.post("/v1/completions", {**request, "prompt": list(prompts)})[2]
        expected = [(choice["text"], choice["logprobs"]) for answer in alone for choice in answer["choices"]]
        self.assertEqual([(choice["text"], choice["logprobs"]) for choice in together["choices"]], expected)
        self.assertEqual([choice["index"] for choice in together["choices"]], list(range(6)))
        for name in ("prompt_tokens", "completion_tokens"):
            self.assertEqual(together["usage"][name], sum(answer["usage"][name] for answer in alone))
        texts = [""] * 6
        for event in self.server.stream("/v1/completions", {**request, "prompt": list(prompts)}):
            if event != "[DONE]":
                texts[event["choices"][0]["index"]] += event["choices"][0]["text"]
        self.assertEqual(texts, [text for text, _ in expected])
        tokens = self.server.post("/v1/completions", {**request, "prompt": [[5, 6, 7], [8]], "n": 1})[2]
        self.assertEqual((tokens["usage"]["prompt_tokens"], len(tokens["choices"])), (4, 2))

    def test_embeddings(self):
        status, _, several = self.server.post("/v1/embeddings", {"input": ["What is 7 + 5?", "What is 7 + 6?", "鸡兔同笼"], "model": "tiny"})
        self.assertEqual(status, 200, several)
        vectors = [entry["embedding"] for entry in several["data"]]
        self.assertEqual([entry["index"] for entry in several["data"]], [0, 1, 2])

        def cosine(a, b):
            return sum(x * y for x, y in zip(vectors[a], vectors[b]))
        for i in range(3):
            self.assertAlmostEqual(cosine(i, i), 1, places=5)
        self.assertGreater(cosine(0, 1), cosine(0, 2))
        one = self.server.post("/v1/embeddings", {"input": "What is 7 + 6?"})[2]
        self.assertEqual(one["data"][0]["embedding"], vectors[1])
        self.assertEqual(one["usage"]["total_tokens"], one["usage"]["prompt_tokens"])
        self.assertLess(one["usage"]["total_tokens"], several["usage"]["total_tokens"])
        coded = self.server.post("/v1/embeddings", {"input": "What is 7 + 6?", "encoding_format": "base64"})[2]["data"][0]["embedding"]
        coded = base64.b64decode(coded)
        self.assertEqual(list(struct.unpack(f"<{len(coded) // 4}f", coded)), vectors[1])
        for body, status, members in (({}, 400, {"param": "input"}), ({"input": "x", "dimensions": 4}, 400, {"param": "dimensions"}),
                                      ({"input": "7 " * 9000}, 400, {"code": "context_length_exceeded", "param": "input"}),
                                      ({"input": [[99999]]}, 400, {"param": "input"}), ({"input": "x", "model": "y"}, 404, {"param": "model"})):
            with self.subTest(body=str(body)[:60]):
                self.assert_error(self.server.post("/v1/embeddings", body), status, **members)

    def test_a_client_that_goes_ends_its_embeddings(self):
        body = json.dumps({"input": [[5] * 4000] * 2}, separators=(",", ":"))
        before = self.server.metric("reckon_disconnects_total")
        connection = self.server.open(post_bytes("/v1/embeddings", body.encode()))
        self.assertTrue(wait_for(lambda: self.server.metric("reckon_slots_active") > 0))
        connection.close()
        self.assertTrue(wait_for(lambda: self.server.metric("reckon_slots_active") == 0, 20))
        self.assertTrue(wait_for(lambda: self.server.metric("reckon_disconnects_total") == before + 1))

    def test_logit_bias(self):
        request = {"prompt": "1 2 3", "max_tokens": 4, "temperature": 0, "logprobs": 1}
        token = 65
        answer = self.server.post("/v1/completions", {**request, "logit_bias": {str(token): 100}})[2]["choices"][0]["logprobs"]["tokens"]
        self.assertEqual(len(set(answer)), 1, answer)

    def test_reads_only_what_is_new(self):
        conversation = {**ASK, "messages": [{"role": "system", "content": "Cache me. " * 20}, *ASK["messages"]]}
        first = self.server.post(CHAT, conversation)[2]
        again = self.server.post(CHAT, conversation)[2]
        self.assertEqual(again["choices"], first["choices"])
        details = again["usage"]["prompt_tokens_details"]
        self.assertEqual(details["cached_tokens"], again["usage"]["prompt_tokens"])

    def test_two_streams_at_once_take_turns(self):
        expected = [list(self.server.stream("/v1/completions", {**LONG, "seed": seed, "max_tokens": 60})) for seed in (1, 2)]
        results, order = {}, []

        def read(seed):
            results[seed] = []
            for event in self.server.stream("/v1/completions", {**LONG, "seed": seed, "max_tokens": 60}):
                results[seed].append(event)
                order.append(seed)

        threads = [threading.Thread(target=read, args=(seed,)) for seed in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        def text(events):
            return "".join(event["choices"][0]["text"] for event in events if event != "[DONE]")
        for seed in (1, 2):
            self.assertEqual(text(results[seed]), text(expected[seed - 1]))

    def test_a_client_that_goes_frees_its_slot(self):
        # 2 slots and 2 places in the queue: what is left behind would fill them.
        for stream in (True, False) * 3:
            connection = self.server.open(post_bytes("/v1/completions", json.dumps({**LONG, "stream": stream}).encode()))
            self.assertTrue(wait_for(lambda: self.server.metric("reckon_slots_active") > 0))
            connection.close()
            start = time.monotonic()
            self.assertTrue(wait_for(lambda: self.server.metric("reckon_slots_active") == 0, 20))
            # 100 ms is what an idle machine keeps; the test allows for one that is not.
            self.assertLess(time.monotonic() - start, 5)

    def test_a_full_queue_is_told(self):
        body = post_bytes("/v1/completions", json.dumps({**LONG, "stream": True}).encode())
        held = [self.server.open(body) for _ in range(4)]
        try:
            self.assertTrue(wait_for(lambda: self.server.metric("reckon_slots_active") == 2 and
                                     self.server.metric("reckon_queue_length") == 2))
            answer = self.server.post(CHAT, ASK)
            self.assert_error(answer, 429, type="rate_limit_error")
            self.assertEqual(answer[1].getheader("Retry-After"), "1")
            self.assertEqual(self.server.request("GET", "/health")[0], 200)
        finally:
            for connection in held:
                connection.close()
        self.assertTrue(wait_for(lambda: self.server.metric("reckon_slots_active") == 0 and
                                 self.server.metric("reckon_queue_length") == 0))

    def test_endpoints(self):
        self.assertEqual(self.server.request("GET", "/v1/models")[2]["data"][0]["id"], "tiny")
        self.assertEqual(self.server.request("GET", "/v1/models/tiny")[2]["object"], "model")
        self.server.post(CHAT, {**ASK, "max_tokens": 1})
        model = self.server.request("GET", "/v1/models/tiny")[2]
        memory = model["memory"]
        self.assertEqual(memory["used_bytes"], memory["weight_bytes"] + memory["tokenizer_bytes"] + memory["session_bytes"])
        self.assertLess(0, memory["session_bytes"])
        self.assertLess(memory["used_bytes"], memory["planned_bytes"])
        self.assertEqual(model["reckon"]["slots"]["total"], 2)
        self.assertLess(0, model["reckon"]["context_tokens"])
        self.assertLess(model["reckon"]["context_tokens"], 2 * model["context_length"])
        self.assertEqual(self.server.metric("reckon_session_bytes"), memory["session_bytes"])
        self.assert_error(self.server.request("GET", "/v1/models/other"), 404, code="model_not_found")
        self.assert_error(self.server.request("GET", "/nothing"), 404)
        answer = self.server.request("GET", CHAT)
        self.assert_error(answer, 405)
        self.assertEqual(answer[1].getheader("Allow"), "POST")
        self.assert_error(self.server.post(CHAT, {**ASK, "model": "gpt-4"}), 404, code="model_not_found", param="model")

    def test_bad_requests(self):
        def message(**members):
            return {"messages": [{"role": "user", "content": "x", **members}]}
        cases = [
            ({}, "messages"), ({"messages": []}, "messages"), (message(role="king"), "messages[0].role"),
            (message(content=5), "messages[0].content"), ({**ASK, "temperature": 3}, "temperature"),
            ({**ASK, "temperature": "hot"}, "temperature"), ({**ASK, "n": 0}, "n"), ({**ASK, "n": 1.5}, "n"),
            ({**ASK, "max_tokens": 0}, "max_tokens"), ({**ASK, "seed": 2**64}, "seed"), ({**ASK, "stop": [""]}, "stop"),
            ({**ASK, "top_logprobs": 2}, "top_logprobs"), ({**ASK, "logit_bias": {"x": 1}}, "logit_bias"),
            ({**ASK, "logit_bias": {"999999999": 1}}, "logit_bias"), ({**ASK, "stream_options": {}}, "stream_options"),
            ({**ASK, "response_format": {"type": "json_object"}}, "response_format"),
            ({**ASK, "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}}, "response_format"),
            ({**ASK, "tool_choice": "required"}, "tool_choice"),
            ({**ASK, "max_reasoning_tokens": -2}, "max_reasoning_tokens"), ({**ASK, "reasoning_effort": "much"}, "reasoning_effort"),
            ({**ASK, "tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ]
        for body, param in cases:
            with self.subTest(body=body):
                self.assert_error(self.server.post(CHAT, body), 400, param=param)
        self.assertEqual(self.server.post(CHAT, {**ASK, "max_tokens": 1, "response_format": {"type": "text"}})[0], 200)
        for body, param in (({"prompt": []}, "prompt"), ({"prompt": [1, "a"]}, "prompt"), ({"prompt": [99999]}, "prompt"),
                            ({"prompt": "x", "echo": True}, "echo"), ({"prompt": "x", "best_of": 2}, "best_of"),
                            ({"prompt": "x", "suffix": "y"}, "suffix"), ({"prompt": ["x"] * 65}, "prompt")):
            with self.subTest(body=body):
                self.assert_error(self.server.post("/v1/completions", body), 400, param=param)
        for text in (b"{", b"[]", b"\"x\"", b"{\"messages\": \"\xff\"}", b"[" * 5000, b"{\"a\":" * 3000, b"{\"n\": 1e999}", b"\0"):
            with self.subTest(text=text[:20]):
                self.assert_error(self.server.post(CHAT, text), 400)

    def test_long_prompts_and_bodies(self):
        answer = self.server.post("/v1/completions", {"prompt": "7 " * 9000})
        self.assert_error(answer, 400, code="context_length_exceeded", param="prompt")
        self.assert_error(self.server.post("/v1/completions", {"prompt": "7 " * 20000}), 413)

    def test_hosts_and_origins(self):
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:7860", "", "[::1].evil"):
            self.assert_error(self.server.request("GET", "/v1/models", headers={"Host": host}), 403, code="host_not_allowed")
        for host in ("localhost", "LOCALHOST:1", "127.0.0.1:7860", "[::1]:7860", "box.example"):
            self.assertEqual(self.server.request("GET", "/v1/models", headers={"Host": host})[0], 200)
        for origin in ("https://evil.example", "null", "https://page.example.evil"):
            self.assert_error(self.server.request("GET", "/v1/models", headers={"Origin": origin}), 403, code="origin_not_allowed")
        status, response, _ = self.server.request("GET", "/v1/models", headers={"Origin": "https://page.example"})
        self.assertEqual((status, response.getheader("Access-Control-Allow-Origin")), (200, "https://page.example"))
        status, response, _ = self.server.request("OPTIONS", CHAT, headers={"Origin": "https://page.example"})
        self.assertEqual((status, response.getheader("Access-Control-Allow-Methods")), (204, "GET, POST"))
        # A form of a web page cannot send JSON without asking first.
        answer = self.server.post(CHAT, json.dumps(ASK), headers={"Content-Type": "text/plain"})
        self.assert_error(answer, 415)

    def test_what_is_no_http(self):
        cases = [
            (b"nonsense\r\n\r\n", 400), (b"GET http://x/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
            (b"GET / HTTP/9.9\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            (b"GET / HTTP/1.1\r\nX: " + b"a" * 40000 + b"\r\n\r\n", 431),
            (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\n", 413),
        ]
        for data, status in cases:
            with self.subTest(data=data[:60]):
                self.assertEqual(self.server.raw(data).split(b" ", 2)[1], str(status).encode())

    def test_slow_and_half_sent_requests(self):
        whole = post_bytes(CHAT, json.dumps(ASK).encode())
        for part in (whole[:10], whole[:-5]):
            self.assertEqual(self.server.raw(part).split(b" ", 2)[1], b"408")
        for part in (whole[:10], whole[:-5]):
            with self.server.open(part) as connection:
                connection.shutdown(socket.SHUT_WR)
                self.assertEqual(connection.recv(100), b"")
        self.assertEqual(self.server.post(CHAT, ASK)[0], 200)

    def test_one_connection_serves_several_requests(self):
        one = post_bytes(CHAT, json.dumps({**ASK, "max_tokens": 1}).encode())
        last = post_bytes(CHAT, json.dumps({**ASK, "max_tokens": 1}).encode(), "Connection: close")
        answers = self.server.raw(one + last)
        self.assertEqual(answers.count(b"HTTP/1.1 200 OK"), 2)


class EmbeddingTest(unittest.TestCase):
    def test_equals_transformers(self):
        name = "qwen2-f32"
        with open(os.path.join(DATA, "embeddings", "embeddings.json"), encoding="utf-8") as file:
            texts = json.load(file)[name]
        for pooling in ("mean", "last"):
            with Server("--pooling", pooling, model=os.path.join(DATA, "models", name)) as server:
                answer = server.post("/v1/embeddings", {"input": [text["ids"] for text in texts]})[2]
            for entry, text in zip(answer["data"], texts):
                self.assertEqual(len(entry["embedding"]), len(text[pooling]))
                for value, expected in zip(entry["embedding"], text[pooling]):
                    self.assertAlmostEqual(value, expected / text[pooling + "_length"], places=5)


class LifeTest(unittest.TestCase):
    def test_keys(self):
        with tempfile.NamedTemporaryFile("w", suffix=".keys") as file:
            file.write("# keys\nsecret-one\nsecret-two\n")
            file.flush()
            with Server("--api-key-file", file.name) as server:
                for headers in ({}, {"Authorization": "Bearer secret"}, {"Authorization": "Bearer secret-one-"}, {"Authorization": "Bearer "}):
                    status, _, body = server.request("GET", "/v1/models", headers=headers)
                    self.assertEqual((status, body["error"]["code"]), (401, "invalid_api_key"))
                for key in ("secret-one", "secret-two"):
                    self.assertEqual(server.request("GET", "/v1/models", headers={"Authorization": f"Bearer {key}"})[0], 200)
                self.assertEqual(server.request("GET", "/health")[0], 200)
                request = {**ASK, "max_tokens": 1}
                first = server.post(CHAT, request, headers={"Authorization": "Bearer secret-one"})[2]
                other = server.post(CHAT, request, headers={"Authorization": "Bearer secret-two"})[2]
                self.assertEqual(other["usage"]["prompt_tokens_details"]["cached_tokens"], 0)
                self.assertEqual(first["usage"]["prompt_tokens"], other["usage"]["prompt_tokens"])

    def test_time_is_limited(self):
        with Server("--request-timeout", "0.3") as server:
            status, _, body = server.post("/v1/completions", {**LONG, "n": 16})
            self.assertEqual((status, body["error"]["code"]), (504, "timeout"))

    def test_connections_are_limited(self):
        with Server("--connections", "2") as server:
            held = [server.open(b"GET ") for _ in range(2)]
            self.assertEqual(wait_for(lambda: server.raw(b"").startswith(b"HTTP/1.1 503")), True)
            for connection in held:
                connection.close()
            self.assertTrue(wait_for(lambda: server.request("GET", "/health")[0] == 200))

    def test_a_rush_waits_its_turn(self):
        with Server() as server:
            server.process.send_signal(signal.SIGSTOP)
            try:
                # Nobody accepts now: these are the ones that the system holds for the server.
                held = [server.open(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", timeout=0.9)
                        for _ in range(40)]
            finally:
                server.process.send_signal(signal.SIGCONT)
            for connection in held:
                connection.settimeout(60)
                self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200"))
                connection.close()

    def test_a_stopped_server_does_not_take_its_clients_for_late(self):
        whole = post_bytes("/v1/completions", json.dumps({"prompt": "1", "max_tokens": 1}).encode(), "Connection: close")
        with Server("--read-timeout", "1") as server, server.open(whole[:30]) as connection:
            time.sleep(0.1)  # the server reads now
            server.process.send_signal(signal.SIGSTOP)
            time.sleep(1.2)
            server.process.send_signal(signal.SIGCONT)
            time.sleep(0.1)
            connection.sendall(whole[30:])
            self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200"))

    def test_ends_in_order(self):
        with Server("--log-format", "json") as server:
            events = server.stream(CHAT, ASK)
            next(events)
            server.process.terminate()
            self.assertEqual(list(events)[-1], "[DONE]")  # what runs may end
            self.assertEqual(server.process.wait(60), 0)
            server.reader.join()
            entries = [json.loads(line) for line in server.log if line.startswith("{")]
            self.assertEqual([(entry["path"], entry["status"]) for entry in entries], [(CHAT, 200)])

    def test_ends_in_time(self):
        with Server("--shutdown-timeout", "0.2") as server:
            body = post_bytes("/v1/completions", json.dumps({**LONG, "n": 16}).encode())
            with server.open(body) as connection:
                self.assertTrue(wait_for(lambda: server.metric("reckon_slots_active") == 1))
                self.assertEqual(server.stop(), 0)
                self.assertIn(b"503", connection.recv(4096).split(b"\r\n")[0])

    def test_a_port_in_use_is_an_error(self):
        with Server() as server:
            finished = programs.reckon("serve", "-m", programs.TINY_R1, "--port", str(server.port))
            self.assertEqual(finished.returncode, 1)
            self.assertIn("cannot listen", finished.stderr)


if __name__ == "__main__":
    try:
        unittest.main()
    except subprocess.TimeoutExpired as error:
        raise SystemExit(str(error)) from error
