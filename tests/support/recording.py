"""Plays recorded requests of PyTorch jobs to a server, up to the moment at which they hang."""

import collections
import json
import select
from pathlib import Path

from support import wire
from support.client import Client

HANGS = Path(__file__).parents[1] / "hangs"


class Player:
    """One client of a recording. Like PyTorch, it sends the next request when it has the reply to
    the one before."""

    def __init__(self, events, source):
        self.events = collections.deque(events)
        self.source = source
        self.client = None
        self.waits = False

    def can_go_on(self):
        if self.waits:
            return bool(select.select([self.client.socket], [], [], 0)[0])
        return bool(self.events)

    def go_on(self, address):
        if self.waits:
            assert self.client.read_u8() == wire.STOP_WAITING
            self.waits = False
            return
        event = self.events.popleft()
        keys = event["keys"]
        match event["op"]:
            case "CONNECT":
                self.client = Client(address, source=self.source)
            case "DISCONNECT":
                self.client.close()
                self.client = None
            case "ADD":
                self.client.add(keys[0], event["n"])
            case "SET":
                self.client.set(keys[0], b"v" * event["size"])
            case "GET":
                self.client.get(keys[0])
            case "WAIT":
                self.client.wait(*keys)
                self.waits = True


def players_of(name, source):
    """Without what they do once the first of them gives up."""
    events = [json.loads(line) for line in (HANGS / name).read_text().splitlines()]
    end = min((event["t"] for event in events if event["op"] == "CANCEL_WAIT"), default=None)
    by_peer = collections.defaultdict(list)
    for event in events:
        if end is None or event["t"] < end:
            by_peer[event["peer"]].append(event)
    return [Player(each, source) for each in by_peer.values()]


def play(address, *names):
    """Plays the files at once, each from another address. Returns the clients that are connected
    when none can go on."""
    players = [player for number, name in enumerate(names)
               for player in players_of(name, f"127.0.1.{number + 1}")]
    observer = Client(address)
    while True:
        able = [player for player in players if player.can_go_on()]
        if not able:
            observer.settle()
            able = [player for player in players if player.can_go_on()]
        if not able:
            break
        for player in able:
            player.go_on(address)
    observer.close()
    return [player.client for player in players if player.client]
