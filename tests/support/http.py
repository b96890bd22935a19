"""HTTP to a server under test."""

import http.client
import json
import time
from urllib.parse import quote

SECONDS = 20
CHANGE = {"X-Tcpstore": "1"}  # the header of what changes something


def identity_of(client):
    """Of an item of /v1/clients."""
    return client["peer"], client["rank"], client["pid"], client["process"]


class Http:
    def __init__(self, address):
        self.address = address

    def request(self, path, method="GET", **headers):
        """The answer's status, headers and body."""
        connection = http.client.HTTPConnection(*self.address, timeout=SECONDS)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def text(self, path):
        status, _, body = self.request(path)
        assert status == 200, body
        return body.decode()

    def json(self, path, **arguments):
        query = "&".join(f"{name}={quote(str(value), safe='')}"
                         for name, value in arguments.items())
        return json.loads(self.text(f"{path}?{query}" if query else path))

    def open_store(self, name):
        """The store's address."""
        status, _, body = self.request(f"/v1/stores/{name}", "PUT", **CHANGE)
        assert status in (200, 201), body
        return self.address[0], json.loads(body)["port"]

    def close_store(self, name):
        status, _, body = self.request(f"/v1/stores/{name}", "DELETE", **CHANGE)
        assert status == 200, body

    def pages(self, name, **arguments):
        """All items of a list, page by page."""
        cursor = {}
        while True:
            page = self.json(f"/v1/{name}", **arguments, **cursor)
            yield page[name]
            if page["cursor"] is None:
                return
            cursor = {"cursor": page["cursor"]}

    def items(self, name, **arguments):
        return [item for page in self.pages(name, **arguments) for item in page]

    def metrics(self):
        """The samples by name and labels, as they are written."""
        lines = self.text("/metrics").splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in samples}

    def wait_until(self, path, condition):
        """Asks until the answer fulfils the condition, and returns it."""
        end = time.monotonic() + SECONDS
        while not condition(answer := self.json(path)):
            assert time.monotonic() < end, answer
        return answer
