"""Starts `reckon serve` for tests, and speaks HTTP to it with the standard library."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading

import programs


class Server:
    """A running server; its log is collected in `log`."""

    def __init__(self, *options, model=programs.TINY_R1):
        command = [os.path.join(programs.BIN, "reckon"), "serve", "-m", model, "-w", "f32", "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                                        errors="replace", env=programs.environment())
        self.log = []
        self.port = None
        for line in self.process.stderr:
            self.log.append(line)
            found = re.search(r" at http://127\.0\.0\.1:(\d+)/v1", line)
            if found:
                self.port = int(found[1])
                break
        if self.port is None:
            raise RuntimeError("the server did not start: " + "".join(self.log))
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def stop(self, number=signal.SIGTERM, timeout=60):
        self.process.send_signal(number)
        return self.process.wait(timeout)

    def request(self, method, path, body=None, headers=None, timeout=120):
        """Status, headers and body (JSON if it is that) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = {"Content-Type": "application/json", **(headers or {})}
            data = json.dumps(body) if isinstance(body, (dict, list)) else body
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            text = response.read()
            if response.getheader("Content-Type") == "application/json" and text:
                text = json.loads(text)
            return response.status, response, text
        finally:
            connection.close()

    def post(self, path, body, **options):
        return self.request("POST", path, body, **options)

    def stream(self, path, body, timeout=120):
        """The events of a stream, parsed; the last one is "[DONE]"."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("POST", path, json.dumps({**body, "stream": True}), {"Content-Type": "application/json"})
            response = connection.getresponse()
            if response.status != 200:
                raise RuntimeError(f"{response.status}: {response.read()}")
            for line in response:
                if line.startswith(b"data: "):
                    text = line[6:].strip().decode()
                    yield text if text == "[DONE]" else json.loads(text)
        finally:
            connection.close()

    def open(self, data=b"", timeout=60):
        """A plain socket with `data` sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        connection.sendall(data)
        return connection

    def raw(self, data, timeout=60):
        """Sends bytes, and returns all that comes until the server ends the connection."""
        with self.open(data, timeout) as connection:
            received = b""
            while True:
                try:
                    part = connection.recv(65536)
                except ConnectionResetError:
                    return received
                if not part:
                    return received
                received += part

    def metric(self, name):
        text = self.request("GET", "/metrics")[2].decode()
        found = re.search(rf"^{re.escape(name)} ([0-9.e+]+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0


def post_bytes(path, body, *headers, host="localhost"):
    """A whole request as bytes."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
