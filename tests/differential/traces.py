"""Plays a random trace to two servers at once, step by step, until their replies differ.

A step belongs to one client: a batch of operations, a wait, or a disconnect. After each step every
waiting client sends a marker (two PINGs), so that releases are seen in a known order; the bytes
before the marker's reply are compared. Steps that a client's state does not allow are skipped, so
that any part of a trace is a trace, and a failing one can be shortened."""

import itertools
import random
import struct
from typing import NamedTuple

import operations
from support import wire
from support.client import Client, ConnectionLost, NoReply

CLIENTS = 6
BATCH = 64
STILL_WAITING, RELEASED = b"", bytes([wire.STOP_WAITING])


class Disagreement(Exception):
    pass


class Step(NamedTuple):
    client: int
    kind: str
    operations: tuple
    reply_bytes: int = 0

    def __str__(self):
        return f"client {self.client}: {self.kind}: " + "; ".join(
            operation.text for operation in self.operations)


def make_step(rng, nonblocking):
    client = rng.randrange(CLIENTS)
    kind, = rng.choices(["batch", "fixed", "push", "wait", "barrier", "barrier write", "cancel",
                         "list", "leave", "reset", "fault"],
                        [60, 20, 8, 16, 6, 3, 3, 0.5, 0.6, 0.6, 0.6])
    if kind == "batch":
        return Step(client, kind, tuple(rng.choices(nonblocking, k=BATCH)))
    if kind == "fixed":
        length, operation = operations.make_fixed(rng)
        return Step(client, kind, (operation,), length)
    makers = {"push": operations.make_push, "wait": operations.make_wait,
              "barrier": operations.make_barrier, "fault": operations.make_fault,
              "barrier write": operations.make_barrier_write}
    made = (makers[kind](rng),) if kind in makers else ()
    return Step(client, kind, made)


class Side:
    """One of the servers, with its clients."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        self.clients = [self.connect() for _ in range(CLIENTS)]
        operations.clean(self.clients[0])

    def connect(self):
        client = Client(self.address, timeout=20, validate=False)
        client.send(wire.validate() + wire.ping(1))  # row 1: in one segment
        assert client.read_u32() == 1
        return client

    def send(self, index, request):
        self.clients[index].send(request)

    def read_up_to(self, index, marker):
        """The bytes before the reply `marker`."""
        receive, parts = self.clients[index].socket.recv, bytearray()
        while not parts.endswith(marker):
            try:
                part = receive(1 << 16)
            except TimeoutError:
                raise NoReply(f"no marker after {bytes(parts[-100:])!r}") from None
            except ConnectionResetError:
                part = b""
            if not part:
                raise ConnectionLost("closed")
            parts += part
        return bytes(parts[:-len(marker)])

    def replace(self, index, reset):
        if reset:
            self.clients[index].reset()
        else:
            self.clients[index].close()
        self.clients[index] = self.connect()

    def close(self):
        for client in self.clients:
            client.close()


class Trace:
    def __init__(self, ours, theirs):
        self.sides = Side("tcpstored", ours), Side("PyTorch's server", theirs)
        self.markers = itertools.count(1)
        self.waiting = {}  # client: the names that it waits for; "" at a barrier
        self.count = 0

    def close(self):
        for side in self.sides:
            side.close()

    def exchange(self, index, request):
        """Sends the request and a marker to both servers. Returns replies; a str is an error."""
        number = next(self.markers)
        first, second = number & 0xFFFFFFFF, 0xA5A5A5A5 ^ number & 0xFFFFFFFF
        marker = wire.ping(first) + wire.ping(second)
        for side in self.sides:
            side.send(index, request + marker)
        return [self.read(side, index, struct.pack("<II", first, second)) for side in self.sides]

    @staticmethod
    def read(side, index, marker):
        try:
            return side.read_up_to(index, marker)
        except (NoReply, ConnectionLost) as problem:
            return f"{type(problem).__name__}: {problem}"

    def agree(self, index, replies, what):
        """Returns the reply, which must be the same of both servers, and no error."""
        if replies[0] != replies[1] or isinstance(replies[0], str):
            raise Disagreement(f"client {index}, {what}:\n" + "\n".join(
                f"  {side.name}: {abridge(reply)}" for side, reply in zip(self.sides, replies)))
        return replies[0]

    def allows(self, step):
        """Row 7: no client gives up on a barrier. Row 13: no client has two waits."""
        names = self.waiting.get(step.client)
        if step.kind in ("batch", "wait", "barrier", "barrier write", "push", "list"):
            return names is None
        if step.kind == "fixed":
            return names is not None
        return names is None or "" not in names

    def play(self, step):
        if not self.allows(step):
            return
        request = b"".join(operation.request for operation in step.operations)
        self.count += max(1, len(step.operations))
        getattr(self, "play_" + step.kind.replace(" ", "_"))(step, request)
        self.settle(step)

    def play_batch(self, step, request):
        self.agree(step.client, self.exchange(step.client, request), "its replies")

    play_push = play_barrier_write = play_batch

    def play_wait(self, step, request):
        names = step.operations[0].names if step.kind == "wait" else ("",)
        reply = self.agree(step.client, self.exchange(step.client, request), "its first reply")
        if reply == STILL_WAITING:
            self.waiting[step.client] = names

    play_barrier = play_wait

    def play_fixed(self, step, request):
        reply = self.agree(step.client, self.exchange(step.client, request), "its reply")
        if len(reply) > step.reply_bytes:
            self.release(step.client)

    def play_cancel(self, step, request):
        self.agree(step.client, self.exchange(step.client, wire.cancel_wait()), "its reply")
        self.waiting.pop(step.client, None)

    def play_list(self, step, request):
        replies = self.exchange(step.client, wire.list_keys())
        self.agree(step.client, [sorted_keys(reply) for reply in replies], "the keys")

    def play_leave(self, step, request):
        for side in self.sides:
            side.replace(step.client, step.kind == "reset")
        self.waiting.pop(step.client, None)
        # As in Client.settle: a server may notice a lost connection after it has answered others.
        for _ in range(2):
            self.agree(step.client, self.exchange(step.client, b""), "reconnected")

    play_reset = play_leave

    def play_fault(self, step, request):
        for side in self.sides:
            side.send(step.client, request)
        replies = [self.read(side, step.client, b"no reply has this") for side in self.sides]
        if any(reply != "ConnectionLost: closed" for reply in replies):
            self.agree(step.client, replies, "to be closed")
        self.play_leave(step, request)

    def settle(self, step):
        """Compares the releases of all other clients. Row 5: a client that a queue has released is
        replaced."""
        for index in sorted(self.waiting):
            if index == step.client:
                continue
            reply = self.agree(index, self.exchange(index, b""), "its release")
            if reply == RELEASED:
                self.release(index)
            elif reply != STILL_WAITING:
                raise Disagreement(f"client {index}: both servers sent {reply!r}")

    def release(self, index):
        names = self.waiting.pop(index)
        if not operations.WAITED.isdisjoint(names):
            self.play_leave(Step(index, "leave", ()), b"")

    def finish(self):
        """Compares the final contents of the stores."""
        # Row 7: without their keys, the barriers' counts do not depend on who disconnects.
        deletions = b"".join(map(wire.delete_key, operations.BARRIERS))
        self.agree(0, self.exchange(0, deletions), "deleting the barriers")
        for index in list(self.waiting):
            for side in self.sides:
                side.replace(index, reset=False)
            for _ in range(2):
                self.exchange(index, b"")
        self.waiting.clear()
        replies = self.exchange(0, wire.list_keys())
        keys = self.agree(0, [sorted_keys(reply) for reply in replies], "the keys at the end")
        self.agree(0, self.exchange(0, wire.multi_get(keys)), "the values at the end")
        for queue in operations.QUEUES + operations.WAITED_QUEUES:
            length = self.agree(0, self.exchange(0, wire.queue_len(queue)), "a queue at the end")
            count, = struct.unpack("<q", length)
            self.agree(0, self.exchange(0, wire.queue_pop(queue) * count), "its entries")


def sorted_keys(reply):
    """The sorted keys of a LIST_KEYS reply; an error unchanged."""
    if isinstance(reply, str):
        return reply
    keys, at = [], 8
    for _ in range(struct.unpack_from("<q", reply)[0]):
        length, = struct.unpack_from("<Q", reply, at)
        keys.append(reply[at + 8:at + 8 + length])
        at += 8 + length
    return sorted(keys)


def abridge(reply):
    text = repr(reply)
    return text if len(text) < 400 else f"{text[:200]} … {text[-200:]}"


def make_steps(seed):
    rng = random.Random(seed)
    nonblocking = operations.make_nonblocking(rng)
    while True:
        yield make_step(rng, nonblocking)


def play(ours, theirs, steps, count=None):
    """Plays steps until `count` operations are done, or all steps. Returns the Disagreement or
    None, the steps played, and their number of operations."""
    trace, played = Trace(ours, theirs), []
    try:
        for step in steps:
            played.append(step)
            trace.play(step)
            if count is not None and trace.count >= count:
                break
        trace.finish()
    except Disagreement as disagreement:
        return disagreement, played, trace.count
    finally:
        trace.close()
    return None, played, trace.count
