"""A model hub for tests: serves folders in the layouts of Hugging Face and ModelScope, and misbehaves on request."""

import hashlib
import json
import os
import re
import socket
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Fault:
    """What a hub does wrong: `act(handler, file_request)` answers in its place and says so with True."""

    def __init__(self, act, times=1, on="file"):
        self.act, self.times, self.on = act, times, on


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *_):
        pass

    @property
    def hub(self):
        return self.server.hub

    def send(self, status, body=b"", headers=()):
        self.send_response(status)
        names = [name.lower() for name, _ in headers]
        if "content-length" not in names:
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.write(body)

    def write(self, body):
        for begin in range(0, len(body), self.hub.chunk):
            self.wfile.write(body[begin:begin + self.hub.chunk])
            with self.hub.lock:
                self.hub.bytes_sent += len(body[begin:begin + self.hub.chunk])
            if self.hub.delay:
                time.sleep(self.hub.delay)

    def drop(self):
        """Ends the connection at once."""
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def handle(self):
        try:
            super().handle()
        except OSError:  # the client has gone
            pass

    def do_GET(self):
        try:
            self.answer()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        with self.hub.lock:
            self.hub.requests.append((self.path, dict(self.headers)))
        path = urllib.parse.unquote(url.path)
        listing = re.fullmatch(r"/api/models/([^/]+/[^/]+)/revision/([^/]+)", path)
        if listing and listing[1] in self.hub.repos:
            return self.listing(self.hub.hugging_face_listing(listing[1]))
        listing = re.fullmatch(r"/api/v1/models/([^/]+/[^/]+)/repo/files", path)
        if listing and listing[1] in self.hub.repos:
            return self.listing(self.hub.modelscope_listing(listing[1]))
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        if file and file[1] in self.hub.repos and file[3] in self.hub.repos[file[1]]:
            return self.file(file[3], self.hub.repos[file[1]][file[3]])
        file = re.fullmatch(r"/api/v1/models/([^/]+/[^/]+)/repo", path)
        if file and query.get("FilePath") in self.hub.repos.get(file[1], {}):
            return self.file(query["FilePath"], self.hub.repos[file[1]][query["FilePath"]])
        if path.startswith("/cdn/"):
            return self.range(self.hub.blobs[path[5:]])
        return self.send(404, b"nothing here")

    def fault(self, on):
        with self.hub.lock:
            for fault in self.hub.faults:
                if fault.on == on and fault.times != 0:
                    fault.times -= 1
                    return fault
        return None

    def listing(self, value):
        if self.hub.token and self.headers.get(self.hub.token[0]) != self.hub.token[1]:
            return self.send(401, b"{}")
        fault = self.fault("listing")
        if fault and fault.act(self, value):
            return None
        return self.send(200, json.dumps(value).encode(), [("Content-Type", "application/json")])

    def file(self, name, body):
        if len(body) >= self.hub.fault_from:
            fault = self.fault("file")
            if fault and fault.act(self, body):
                return None
        if self.hub.redirect and len(body) > 100000:  # as large files are served from elsewhere
            digest = hashlib.sha256(body).hexdigest()
            self.hub.blobs[digest] = body
            return self.send(302, b"moved", [("Location", f"{self.hub.redirect}/cdn/{digest}?signature=secret")])
        return self.range(body)

    def asked(self, body):
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        return (int(match[1]), min(int(match[2]), len(body) - 1)) if match else (0, len(body) - 1)

    def range(self, body, headers=(), cut=None):
        """The range that was asked for; with `cut`, that many bytes of it and then an end."""
        if "Range" not in self.headers or self.hub.ignore_ranges or not body:
            status, part, extra = 200, body, []
        else:
            first, last = self.asked(body)
            status, part = 206, body[first:last + 1]
            extra = [("Content-Range", f"bytes {first}-{last}/{len(body)}")]
        if cut is None:
            return self.send(status, part, [*extra, *headers])
        self.send(status, part[:cut], [*extra, ("Content-Length", str(len(part))), *headers])
        return self.drop()


class Hub:
    """A server in this process. `repos` is {"ORG/NAME": {"path": contents}}."""

    def __init__(self, repos):
        self.repos, self.blobs = repos, {}
        self.lock = threading.Lock()
        self.reset()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.server.hub = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def reset(self):
        self.requests, self.faults, self.bytes_sent = [], [], 0
        self.chunk, self.delay = 1 << 16, 0
        self.ignore_ranges, self.redirect, self.token = False, None, None
        self.fault_from = 1 << 20  # faults on files meet those of this size only
        self.commit = COMMIT

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def hugging_face_listing(self, repo):
        siblings = []
        for path, body in self.repos[repo].items():
            entry = {"rfilename": path, "size": len(body), "blobId": git_blob(body)}
            if len(body) > 100000:
                entry["lfs"] = {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "pointerSize": 135}
            siblings.append(entry)
        return {"id": repo, "sha": self.commit, "siblings": siblings}

    def modelscope_listing(self, repo):
        files = [{"Type": "blob", "Name": os.path.basename(path), "Path": path, "Size": len(body),
                  "Sha256": hashlib.sha256(body).hexdigest()} for path, body in self.repos[repo].items()]
        return {"Code": 200, "Success": True, "Data": {"Files": [{"Type": "tree", "Path": "train"}, *files]}}


def git_blob(body):
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


def folder_contents(folder):
    contents = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                contents[os.path.relpath(path, folder)] = file.read()
    return contents
