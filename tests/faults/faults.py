"""What happens to links, relays and the store, at random but repeatable by the seed. Each fault is
over after at most a few seconds, and everything works again."""

import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

WITNESS_SECONDS = 30


class Driver:
    """Lets each fault of a site happen, in a random order, and at all sites at once. `say` is told of
    each."""

    def __init__(self, cluster, seed, say):
        self._cluster = cluster
        self._seed = seed
        self._say = say
        self._begin = time.monotonic()
        self._lock = threading.Lock()

    def run(self):
        with ThreadPoolExecutor(len(self._cluster.sites)) as pool:
            done = [pool.submit(self._run_at, number, site)
                    for number, site in enumerate(self._cluster.sites)]
        for each in done:
            each.result()

    def _run_at(self, number, site):
        chance = random.Random(f"{self._seed}/{number}")
        witness = site.join(WITNESS_SECONDS)
        faults = NODE_FAULTS if number else STORE_FAULTS
        for fault in chance.sample(faults, len(faults)):
            self._tell(number, fault)
            fault(site, chance)
            if chance.randrange(3):  # else the next one comes while the relay looks for the store
                witness.add("witness", 1)
                time.sleep(chance.uniform(0, 0.3))
        witness.close()

    def _tell(self, number, fault):
        site = f"node {number}" if number else "store"
        with self._lock:
            self._say(f"{time.monotonic() - self._begin:6.2f} s, {site}: {fault.__name__}")


@contextmanager
def pulled_out(end):
    end.pull_out()
    yield
    end.plug_in()


@contextmanager
def stopped(process):
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


# Links

def flap(node, chance):
    """For less time than the kernel takes to notice."""
    with pulled_out(chance.choice((node.end, node.store_end))):
        time.sleep(chance.uniform(0.02, 0.5))


def cut(node, chance):
    with pulled_out(chance.choice((node.end, node.store_end))):
        time.sleep(chance.uniform(1, 2.5))


def reset_at_relay(node, chance):
    reset_some_times(node.reset_trunk, chance)


def reset_at_store(node, chance):
    reset_some_times(node.reset_trunk_at_store, chance)


def reset_some_times(reset, chance):
    for _ in range(chance.randrange(1, 4)):
        reset()
        time.sleep(chance.uniform(0, 0.3))


def cut_and_reset_at_relay(node, chance):
    with pulled_out(node.end):
        node.reset_trunk()
        time.sleep(chance.uniform(0.1, 1))


def renumber(node, chance):
    """The store learns only from the relay, which returns, that the old connection is gone."""
    with pulled_out(node.end):
        node.reset_trunk()
        node.renumber()
        time.sleep(chance.uniform(0.1, 1))


def cut_and_reset_at_store(node, chance):
    with pulled_out(node.store_end):
        node.reset_trunk_at_store()
        time.sleep(chance.uniform(0.1, 1))


def delay(node, chance):
    """By a slow link with a queue; then breaks the connection, of which much is on its way."""
    ends = node.end, node.store_end
    for end in ends:
        end.slow_down(chance.choice(("200kbit", "1mbit", "5mbit")), chance.choice((20_000, 500_000)))
    time.sleep(chance.uniform(0.5, 2))
    chance.choice((node.reset_trunk, node.reset_trunk_at_store))()
    for end in ends:
        end.speed_up()


# Processes

def stop_relay(node, chance):
    with stopped(node.server.process):
        time.sleep(chance.uniform(0.1, 2))


def stop_store(store, chance):
    with stopped(store.server.process):
        time.sleep(chance.uniform(0.1, 1.5))


def stop_store_and_reset_trunks(store, chance):
    """All relays are lost at once, and return at once."""
    with stopped(store.server.process):
        store.reset_trunks()
        time.sleep(chance.uniform(0.1, 1))


NODE_FAULTS = [flap, cut, reset_at_relay, reset_at_store, cut_and_reset_at_relay, cut_and_reset_at_store,
               renumber, delay, stop_relay]
STORE_FAULTS = [stop_store, stop_store_and_reset_trunks]
