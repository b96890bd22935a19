"""Serves the page, with the headers that the server sends, and answers about a synthetic job."""

import contextlib
import json
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src/page"


ONE_STORE = {"stores": [], "cursor": None, "total": 1}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # the head of a reply and its body in one packet

    def setup(self):
        super().setup()
        self.server.fake.connections.append(self.connection)

    def log_message(self, *_):
        pass

    def reply(self, status, kind, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        fake = self.server.fake
        path = self.path.partition("?")[0]
        fake.asked(path)
        name = path.removeprefix("/v1/")
        if path == "/":
            self.reply(200, "text/html; charset=utf-8", fake.page,
                       Content_Security_Policy=fake.policy)
        elif name in fake.refused:
            self.reply(503, "application/json", json.dumps({"error": fake.refused[name]}).encode())
        elif name in fake.job or name == "stores":
            self.reply(200, "application/json", json.dumps(fake.job.get(name, ONE_STORE)).encode())
        else:
            self.reply(404, "application/json", b'{"error": "no such path"}')


def make_page(folder):
    """Writes the document and its policy to the folder, as the build does."""
    subprocess.run(["cmake", "-D", f"SOURCE={SOURCES}", "-D", f"OUT={folder}",
                    "-P", SOURCES / "embed.cmake"], check=True)
    return folder


class FakeServer:
    """`job` may be changed at any time. `refused` holds error texts by the name of the answer."""

    def __init__(self, folder, job):
        self.page = (folder / "index.html").read_bytes()
        self.policy = (folder / "policy.txt").read_text().strip()
        self.job = job
        self.refused = {}
        self.paths = []
        self.connections = []
        self.rounds = 0
        self.condition = threading.Condition()
        self.start(0)

    def start(self, port):
        self.httpd = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.httpd.daemon_threads = True
        self.httpd.fake = self
        self.port = self.httpd.server_port
        self.thread = threading.Thread(target=self.httpd.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def asked(self, path):
        """The counters of a server grow while it serves."""
        with self.condition:
            self.paths.append(path)
            if path == "/v1/stat":
                self.job["stat"]["requests_total"] += 20
                self.job["stat"]["received_bytes"] += 3_000
                self.job["stat"]["sent_bytes"] += 9_000
                self.job["stat"]["uptime_seconds"] += 2
                self.rounds += 1
            self.condition.notify_all()

    def wait_for_rounds(self, number, timeout=30):
        """Until the page has asked for everything `number` times more."""
        with self.condition:
            goal = self.rounds + number
            assert self.condition.wait_for(lambda: self.rounds >= goal, timeout)

    def stop(self):
        if self.httpd is None:
            return
        self.httpd.shutdown()
        self.httpd.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()
        self.thread.join()
        self.httpd = None
