"""What the clients of a load do until `over` is set. Each role gets a client, its recorder and its
place among those with the same role on all hosts."""

import random
import time
from typing import NamedTuple

from history import ADD, BARRIER, COMPARE_SET, GET, POP, PUSH, SET, TELL, WAIT, Recorder
from support import wire
from support.client import Client

COUNTERS = [f"counter/{number}" for number in range(4)]
QUEUES = [f"queue/{number}" for number in range(2)]
REGISTERS = 3           # at a time
REGISTER_NS = 100e6     # for how long they are used: histories stay short
BATCH = 16              # requests that are sent together
LONG, LONGEST = 20, 150_000  # one value in so many is long; bytes
PAUSE_SECONDS = 0.01  # at most, between what a client does
GO_ON, STOP = "go on", "stop"


class Place(NamedTuple):
    number: int
    count: int


class Acting(NamedTuple):
    client: Client
    recorder: Recorder
    place: Place
    over: object  # an event


def pause(acting):
    """So that the load's own processor time does not keep the others waiting. False: it is over."""
    return not acting.over.wait(random.uniform(0, PAUSE_SECONDS))


# Counters

def count(acting):
    while pause(acting):
        keys = random.choices(COUNTERS, k=random.choice((1, 1, 2, BATCH)))
        adds = [acting.recorder.begin(ADD, key, 1) for key in keys]
        acting.client.send(*[wire.add(key, 1) for key in keys])
        for add in adds:
            acting.recorder.end(add, acting.client.read_i64())


def visit(acting):
    """As clients that come, and leave in every way, some of them while they wait."""
    address, seconds = acting.client.socket.getpeername(), acting.client.socket.gettimeout()
    while pause(acting):
        visitor = Client(address, seconds)
        add = acting.recorder.begin(ADD, COUNTERS[0], 1)
        acting.recorder.end(add, visitor.add(COUNTERS[0], 1))
        if random.randrange(2):
            visitor.wait("never")
        random.choice((visitor.leave, visitor.close, visitor.reset))()


# Registers

def content_of(name):
    """A name ends with the number of bytes that follow it, so that a value which was torn is seen."""
    return name.encode() + b"." * int(name.rpartition("x")[2] or 0)


def name_of(content):
    name = content.rstrip(b".").decode()
    assert content == content_of(name), f"{len(content)} bytes of a value that begins with {content[:40]!r}"
    return name


def names(place):
    number = 0
    while True:
        number += 1
        yield f"{place.number}-{number}x{random.randrange(LONGEST) if random.randrange(LONG) == 0 else 0}"


def exchange(acting):
    fresh, last = names(acting.place), ""
    while pause(acting):
        key = f"register/{time.monotonic_ns() // REGISTER_NS:.0f}/{random.randrange(REGISTERS)}"
        last = change(acting, key, [next(fresh) for _ in range(random.choice((0, 1, 1, 2)))])
        last = compare(acting, key, random.choice((last, "")), next(fresh))


def change(acting, key, values):
    """SETs, which have no reply, and a GET. All are sent together."""
    recorder, client = acting.recorder, acting.client
    sets = [recorder.begin(SET, key, value) for value in values]
    get = recorder.begin(GET, key)
    client.send(*[wire.set_value(key, content_of(value)) for value in values], wire.get(key))
    value = name_of(client.read_blob())
    for operation in sets:
        recorder.end(operation)
    recorder.end(get, value)
    return value


def compare(acting, key, expected, desired):
    operation = acting.recorder.begin(COMPARE_SET, key, (expected, desired))
    found = name_of(acting.client.compare_set(key, content_of(expected), content_of(desired)))
    acting.recorder.end(operation, found)
    return found


# Waits: a message goes round a ring. The first member says in it when to stop.

def pass_on(acting):
    number, count = acting.place
    lap, message = 0, GO_ON
    while message != STOP:
        lap += 1
        if number > 0:
            message = await_message(acting, f"ring/{lap}/{number - 1}")
        elif acting.over.is_set():
            message = STOP
        tell(acting, f"ring/{lap}/{number}", message)
        if number == 0:
            await_message(acting, f"ring/{lap}/{count - 1}")


def tell(acting, key, message):
    operation = acting.recorder.begin(TELL, key, message)
    acting.client.set(key, message)
    acting.client.ping()
    acting.recorder.end(operation)


def await_message(acting, key):
    operation = acting.recorder.begin(WAIT, key)
    acting.client.wait(key)
    assert acting.client.read_u8() == wire.STOP_WAITING
    message = acting.client.get(key).decode()
    acting.recorder.end(operation, message)
    return message


# Barriers: BARRIER, and what PyTorch's own clients do instead

def meet(acting):
    number, count = acting.place
    lap, message = 0, GO_ON
    while message != STOP:
        lap += 1
        key = f"barrier/{lap}"
        if number == 0:
            acting.client.set(f"{key}/message", STOP if acting.over.is_set() else GO_ON)
        operation = acting.recorder.begin(BARRIER, key)
        (pass_barrier if lap % 2 else pass_counter)(acting.client, key, count)
        acting.recorder.end(operation)
        message = acting.client.get(f"{key}/message").decode()


def pass_barrier(client, key, count):
    client.barrier(key, count)
    assert client.read_u8() == wire.STOP_WAITING


def pass_counter(client, key, count):
    if client.add(key, 1) == count:
        client.set(f"{key}/last", b"1")
    client.wait(f"{key}/last")
    assert client.read_u8() == wire.STOP_WAITING


# Queues

def produce(acting):
    number = 0
    while pause(acting):
        key = random.choice(QUEUES)
        pushes = [acting.recorder.begin(PUSH, key, f"{acting.place.number}-{number + later}")
                  for later in range(random.randrange(1, BATCH))]
        number += len(pushes)
        acting.client.send(*[wire.queue_push(key, push[3]) for push in pushes])
        acting.client.ping()
        for push in pushes:
            acting.recorder.end(push)


def consume(acting):
    while pause(acting):
        pop(acting.client, acting.recorder, random.choice(QUEUES))


def pop(client, recorder, key):
    """False: the queue is empty."""
    operation = recorder.begin(POP, key)
    length, *values = client.queue_pop(key)
    if length == 0:
        recorder.forget_last()
        return False
    recorder.end(operation, values[0].decode())
    return True


ROLES = {count: 3, visit: 1, exchange: 3, pass_on: 2, meet: 2, produce: 1, consume: 2}  # clients on each host
