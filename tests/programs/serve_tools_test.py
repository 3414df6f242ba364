#!/usr/bin/env python3
"""Tools through `reckon serve`, with templates that know them."""

import json
import os
import tempfile
import unittest

import programs
from serving import Server

CHAT = "/v1/chat/completions"
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")


class ToolTest(unittest.TestCase):
    """tiny-r1 under a template that it never saw: it says nothing sensible, and the server has to cope with that."""

    TOOLS = [{"type": "function", "function": {"name": "get_weather", "description": "The weather of a city.", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]
    ASK = {"messages": [{"role": "user", "content": "What is the weather in Paris?"}], "tools": TOOLS, "max_tokens": 40}

    def check(self, server, request):
        """A whole answer and a stream with the same members; returns the message."""
        status, _, answer = server.post(CHAT, request)
        self.assertEqual(status, 200, answer)
        choice = answer["choices"][0]
        message = choice["message"]
        self.assertEqual(choice["finish_reason"] == "tool_calls", "tool_calls" in message and answer["usage"]["completion_tokens"] < 40)
        deltas = [event["choices"][0]["delta"] for event in server.stream(CHAT, request) if event != "[DONE]"]
        self.assertEqual("".join(delta.get("content") or "" for delta in deltas), message["content"] or "")
        calls = [call["function"] for delta in deltas for call in delta.get("tool_calls", ())]
        self.assertEqual(calls, [call["function"] for call in message.get("tool_calls", ())])
        return message

    def test_tools(self):
        with open(os.path.join(DATA, "templates", "chat_templates.json"), encoding="utf-8") as file:
            templates = json.load(file)
        for template in ("qwen2.5", "qwen3"):
            with self.subTest(template=template), tempfile.TemporaryDirectory() as folder:
                for name in ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json"):
                    os.symlink(os.path.join(programs.TINY_R1, name), os.path.join(folder, name))
                with open(os.path.join(programs.TINY_R1, "tokenizer_config.json"), encoding="utf-8") as file:
                    config = json.load(file)
                config["chat_template"] = templates[template]
                with open(os.path.join(folder, "tokenizer_config.json"), "w", encoding="utf-8") as file:
                    json.dump(config, file)
                with Server(model=folder) as server:
                    self.talk(server)

    def talk(self, server):
        self.assertTrue(server.request("GET", "/v1/models")[2]["data"][0]["reckon"]["tools"])
        for seed in range(3):
            for choice in ("auto", "none", "required", {"type": "function", "function": {"name": "get_weather"}}):
                request = {**self.ASK, "tool_choice": choice, "seed": seed, "temperature": 0.5 * seed}
                message = self.check(server, request)
                if choice not in ("auto", "none") and "tool_calls" not in message:
                    begin = '<tool_call>\n{"name": "'
                    if choice != "required":
                        begin += 'get_weather", "arguments":'
                    self.assertTrue(message["content"].startswith(begin), message)
        self.assertNotIn("tool_calls", self.check(server, {**self.ASK, "tool_choice": "none", "temperature": 0}))
        with_tools, without = (server.post(CHAT, {**self.ASK, "max_tokens": 1, "tool_choice": choice})[2]["usage"]["prompt_tokens"]
                               for choice in ("auto", "none"))
        self.assertGreater(with_tools, without + 50)
        call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
        back = [{"role": "assistant", "content": None, "tool_calls": [call]}, {"role": "tool", "tool_call_id": "call_1", "content": "21 C"}]
        self.check(server, {**self.ASK, "messages": self.ASK["messages"] + back, "temperature": 0})


if __name__ == "__main__":
    unittest.main()
