"""A random trace, played to two servers at once, step by step, until one answers otherwise.

A step is one client's: a batch of operations, a wait, or leaving. Then, so that releases are seen
in a known order, everybody who waits asks for a sign of life, and what comes before it is compared,
byte for byte. Steps that the clients' state forbids are left out, so that every part of a trace is
a trace, and a failing one can be cut down."""

import itertools
import random
import struct
from typing import NamedTuple

import operations
from support import wire
from support.client import Client, ConnectionLost, NoReply

CLIENTS = 6
BATCH = 64
STILL, RELEASED = b"", bytes([wire.STOP_WAITING])


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


def make_step(rng, free):
    client = rng.randrange(CLIENTS)
    kind, = rng.choices(["batch", "fixed", "push", "wait", "barrier", "barrier write", "cancel",
                         "list", "leave", "reset", "fault"],
                        [60, 20, 8, 16, 6, 3, 3, 0.5, 0.6, 0.6, 0.6])
    if kind == "batch":
        return Step(client, kind, tuple(rng.choices(free, k=BATCH)))
    if kind == "fixed":
        length, operation = operations.make_fixed(rng)
        return Step(client, kind, (operation,), length)
    makers = {"push": operations.make_push, "wait": operations.make_wait,
              "barrier": operations.make_barrier, "fault": operations.make_fault,
              "barrier write": operations.make_barrier_write}
    made = (makers[kind](rng),) if kind in makers else ()
    return Step(client, kind, made)


class Side:
    """One of the servers, as the clients see it."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        self.clients = [self.join() for _ in range(CLIENTS)]
        operations.clean(self.clients[0])

    def join(self):
        client = Client(self.address, timeout=20, validate=False)
        client.send(wire.validate() + wire.ping(1))  # row 1: in one segment
        assert client.read_u32() == 1
        return client

    def send(self, index, request):
        self.clients[index].send(request)

    def read_up_to(self, index, sign):
        """What the client was told before the sign of life."""
        receive, parts = self.clients[index].socket.recv, bytearray()
        while not parts.endswith(sign):
            try:
                part = receive(1 << 16)
            except TimeoutError:
                raise NoReply(f"no sign of life after {bytes(parts[-100:])!r}") from None
            except ConnectionResetError:
                part = b""
            if not part:
                raise ConnectionLost("closed")
            parts += part
        return bytes(parts[:-len(sign)])

    def replace(self, index, reset):
        if reset:
            self.clients[index].reset()
        else:
            self.clients[index].close()
        self.clients[index] = self.join()

    def close(self):
        for client in self.clients:
            client.close()


class Trace:
    def __init__(self, ours, theirs):
        self.sides = Side("tcpstored", ours), Side("PyTorch's server", theirs)
        self.signs = itertools.count(1)
        self.waiting = {}  # client: the names, for which it waits; "" at a barrier
        self.count = 0

    def close(self):
        for side in self.sides:
            side.close()

    def ask(self, index, request):
        """What the client is told by both; they must agree."""
        number = next(self.signs)
        first, second = number & 0xFFFFFFFF, 0xA5A5A5A5 ^ number & 0xFFFFFFFF
        signs = wire.ping(first) + wire.ping(second)
        for side in self.sides:
            side.send(index, request + signs)
        told = [self.read(side, index, struct.pack("<II", first, second)) for side in self.sides]
        return told

    @staticmethod
    def read(side, index, sign):
        try:
            return side.read_up_to(index, sign)
        except (NoReply, ConnectionLost) as problem:
            return f"{type(problem).__name__}: {problem}"

    def agree(self, index, told, what):
        if told[0] != told[1] or isinstance(told[0], str):
            raise Disagreement(f"client {index}, {what}:\n" + "\n".join(
                f"  {side.name}: {shorten(each)}" for side, each in zip(self.sides, told)))
        return told[0]

    def may(self, step):
        """Whether the client can do that now. Row 7: nobody gives up on a barrier. Row 13: nobody
        waits for two things at once."""
        names = self.waiting.get(step.client)
        if step.kind in ("batch", "wait", "barrier", "barrier write", "push", "list"):
            return names is None
        if step.kind == "fixed":
            return names is not None
        return names is None or "" not in names

    def play(self, step):
        if not self.may(step):
            return
        request = b"".join(operation.request for operation in step.operations)
        self.count += max(1, len(step.operations))
        getattr(self, "play_" + step.kind.replace(" ", "_"))(step, request)
        self.settle(step)

    def play_batch(self, step, request):
        self.agree(step.client, self.ask(step.client, request), "its answers")

    play_push = play_barrier_write = play_batch

    def play_wait(self, step, request):
        names = step.operations[0].names if step.kind == "wait" else ("",)
        told = self.agree(step.client, self.ask(step.client, request), "told at once")
        if told == STILL:
            self.waiting[step.client] = names

    play_barrier = play_wait

    def play_fixed(self, step, request):
        told = self.agree(step.client, self.ask(step.client, request), "its answer")
        if len(told) > step.reply_bytes:
            self.release(step.client)

    def play_cancel(self, step, request):
        self.agree(step.client, self.ask(step.client, wire.cancel_wait()), "its answer")
        self.waiting.pop(step.client, None)

    def play_list(self, step, request):
        told = self.ask(step.client, wire.list_keys())
        self.agree(step.client, [sorted_keys(each) for each in told], "the keys")

    def play_leave(self, step, request):
        for side in self.sides:
            side.replace(step.client, step.kind == "reset")
        self.waiting.pop(step.client, None)
        # As Client.settle does: a server may end a lost connection after it has answered others.
        for _ in range(2):
            self.agree(step.client, self.ask(step.client, b""), "back again")

    play_reset = play_leave

    def play_fault(self, step, request):
        for side in self.sides:
            side.send(step.client, request)
        told = [self.read(side, step.client, b"never so") for side in self.sides]
        if any(each != "ConnectionLost: closed" for each in told):
            self.agree(step.client, told, "to be closed")
        self.play_leave(step, request)

    def settle(self, step):
        """Who waits is told now, if it is to be told. Row 5: whom a queue has woken comes anew."""
        for index in sorted(self.waiting):
            if index == step.client:
                continue
            told = self.agree(index, self.ask(index, b""), "told meanwhile")
            if told == RELEASED:
                self.release(index)
            elif told != STILL:
                raise Disagreement(f"client {index} is told {told!r} by both")

    def release(self, index):
        names = self.waiting.pop(index)
        if not operations.WAITED.isdisjoint(names):
            self.play_leave(Step(index, "leave", ()), b"")

    def finish(self):
        """Compares all that is left."""
        # Row 7: who leaves a barrier now is counted nowhere any more.
        gone = b"".join(map(wire.delete_key, operations.BARRIERS))
        self.agree(0, self.ask(0, gone), "deleting the barriers")
        for index in list(self.waiting):
            for side in self.sides:
                side.replace(index, reset=False)
            for _ in range(2):
                self.ask(index, b"")
        self.waiting.clear()
        told = self.ask(0, wire.list_keys())
        keys = self.agree(0, [sorted_keys(each) for each in told], "the keys at the end")
        self.agree(0, self.ask(0, wire.multi_get(keys)), "the values at the end")
        for queue in operations.QUEUES + operations.WAITED_QUEUES:
            length = self.agree(0, self.ask(0, wire.queue_len(queue)), "a queue at the end")
            count, = struct.unpack("<q", length)
            self.agree(0, self.ask(0, wire.queue_pop(queue) * count), "its entries")


def sorted_keys(told):
    """The keys of a LIST_KEYS reply, in order; what is none, as it is."""
    if isinstance(told, str):
        return told
    keys, at = [], 8
    for _ in range(struct.unpack_from("<q", told)[0]):
        length, = struct.unpack_from("<Q", told, at)
        keys.append(told[at + 8:at + 8 + length])
        at += 8 + length
    return sorted(keys)


def shorten(told):
    text = repr(told)
    return text if len(text) < 400 else f"{text[:200]} … {text[-200:]}"


def make_steps(seed):
    rng = random.Random(seed)
    free = operations.make_free(rng)
    while True:
        yield make_step(rng, free)


def play(ours, theirs, steps, count=None):
    """Plays steps until `count` operations are done, or all are. The Disagreement, or None, the
    steps played, and how many operations they were."""
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
