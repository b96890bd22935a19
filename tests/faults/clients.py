"""Clients on one host, in every role. Writes their history to a file when its standard input has ended
and they are done."""

import argparse
import random
import sys
import threading
import traceback
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from history import Recorder  # noqa: E402
from roles import ROLES, Acting, Place  # noqa: E402
from support.client import Client  # noqa: E402

SECONDS = 30  # for each reply


def act(role, acting, failures):
    try:
        role(acting)
    except Exception:
        failures.append(traceback.format_exc())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("host", type=int, help="the number of this host")
    parser.add_argument("hosts", type=int)
    parser.add_argument("history")
    arguments = parser.parse_args()
    random.seed(arguments.host)
    over, failures, recorders, threads = threading.Event(), [], [], []
    for role, clients in ROLES.items():
        for number in range(clients):
            place = Place(arguments.host * clients + number, arguments.hosts * clients)
            recorders.append(Recorder(f"{role.__name__}{place.number}"))
            client = Client(("127.0.0.1", arguments.port), timeout=SECONDS)
            acting = Acting(client, recorders[-1], place, over)
            threads.append(threading.Thread(target=act, args=(role, acting, failures)))
    for thread in threads:
        thread.start()
    print("started", flush=True)
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    with open(arguments.history, "w") as file:
        for recorder in recorders:
            recorder.write(file)
    sys.exit("\n".join(failures) if failures else 0)


main()
