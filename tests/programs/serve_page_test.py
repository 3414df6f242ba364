#!/usr/bin/env python3
"""`reckon serve` hands out the chat page, or what stands in for it in a build without."""

import gzip
import tempfile
import unittest

from serving import Server


class ServePageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.NamedTemporaryFile("w", encoding="utf-8")
        cls.keys.write("secret\n")
        cls.keys.flush()
        cls.server = Server("--api-key-file", cls.keys.name)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()
        cls.keys.close()

    def test_is_there_for_everyone_and_the_model_is_not(self):
        status, response, text = self.server.request("GET", "/")
        self.assertEqual(status, 200)
        self.assertEqual(response.getheader("Content-Type"), "text/html; charset=utf-8")
        self.assertTrue(text.startswith(b"<!doctype html>"), text[:100])
        self.assertIn("default-src 'none'", response.getheader("Content-Security-Policy"))
        self.assertEqual(response.getheader("X-Content-Type-Options"), "nosniff")
        self.assertEqual(self.server.request("GET", "/v1/models")[0], 401)
        self.assertEqual(self.server.request("POST", "/", {})[0], 401)
        self.assertEqual(self.server.request("GET", "/absent.js")[0], 401)

    def test_comes_compressed_and_once(self):
        _, plain, text = self.server.request("GET", "/")
        status, packed, data = self.server.request("GET", "/", headers={"Accept-Encoding": "gzip"})
        self.assertEqual((status, packed.getheader("Content-Encoding")), (200, "gzip"))
        self.assertEqual(gzip.decompress(data), text)
        for tag, headers in ((plain.getheader("ETag"), {}), (packed.getheader("ETag"), {"Accept-Encoding": "gzip"})):
            status, response, data = self.server.request("GET", "/", headers={**headers, "If-None-Match": tag})
            self.assertEqual((status, data, response.getheader("ETag")), (304, b"", tag))
            self.assertEqual(len(response.headers.get_all("Cache-Control")), 1)

    def test_head_says_how_long_it_is(self):
        text = self.server.request("GET", "/")[2]
        status, response, data = self.server.request("HEAD", "/")
        self.assertEqual((status, data), (200, b""))
        self.assertEqual(response.getheader("Content-Length"), str(len(text)))

    # The connection goes on after answers without a body.
    def test_keeps_the_connection(self):
        tag = self.server.request("GET", "/")[1].getheader("ETag")
        head = "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        known = f"GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: {tag}\r\n\r\n"
        last = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        received = self.server.raw((head + known + last).encode())
        self.assertEqual(received.count(b"HTTP/1.1 "), 3)
        self.assertIn(b"HTTP/1.1 304", received)
        self.assertTrue(received.endswith(b'{"status":"ok"}'), received[-200:])

    def test_is_not_for_other_names_and_origins(self):
        self.assertEqual(self.server.request("GET", "/", headers={"Host": "evil.example"})[0], 403)
        self.assertEqual(self.server.request("GET", "/", headers={"Origin": "https://evil.example"})[0], 403)
        own = f"http://127.0.0.1:{self.server.port}"
        self.assertEqual(self.server.request("GET", "/", headers={"Origin": own})[0], 200)

    def test_can_be_left_out(self):
        with Server("--no-page") as server:
            self.assertEqual(server.request("GET", "/")[0], 404)
            self.assertEqual(server.request("GET", "/v1/models")[0], 200)
            self.assertNotIn("chat page", "".join(server.log))


if __name__ == "__main__":
    unittest.main()
