"""Clients connect, wait and leave all the time, while HTTP asks for everything: no race, no wrong
answer, and the server stops in the middle of it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.client import Client
from support.http import Http

PATHS = ("/why", "/v1/why?all=1", "/v1/hosts", "/v1/clients", "/v1/closed", "/v1/waits",
         "/v1/barriers", "/v1/keys?limit=3", "/v1/queues", "/v1/stat", "/v1/record?after=0",
         "/metrics", "/readyz")
ROUNDS = 12


class Crowd:
    """Threads that each repeat a deed until the crowd is stopped. The first failure is raised."""

    def __init__(self):
        self.stopped = threading.Event()
        self.failures = []
        self.threads = []

    def add(self, deed):
        def repeat():
            try:
                while not self.stopped.is_set():
                    deed()
            except Exception as failure:
                self.failures.append(failure)
        self.threads.append(threading.Thread(target=repeat, daemon=True))
        self.threads[-1].start()

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(20)
            assert not thread.is_alive()
        if self.failures:
            raise self.failures[0]


def come_and_go(address, number):
    first = Client(address, source=f"127.0.1.{number + 1}")
    first.set(f"default_pg/0//cpu//0/{number}", b"x")
    second = Client(address)
    second.wait(f"default_pg/0//cpu//0/{number + 100}")
    third = Client(address)
    third.barrier(f"barrier {number}", 3)
    first.ping()
    for client in (first, second, third):
        client.close()


@pytest.fixture
def crowd(start):
    server = start("--slow-wait", "0.01")
    crowd = Crowd()
    crowd.server = server
    for number in range(3):
        crowd.add(lambda number=number: come_and_go(server.address, number))
    yield crowd
    crowd.stopped.set()


def test_questions_while_clients_come_and_go_are_answered(crowd):
    def ask_all():
        http = Http(crowd.server.address)
        for path in PATHS:
            status, _, body = http.request(path)
            assert status == 200 and body, path
    with ThreadPoolExecutor(3) as askers:
        for asked in [askers.submit(ask_all) for _ in range(3 * ROUNDS)]:
            asked.result()
    crowd.stop()
