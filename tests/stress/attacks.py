"""What one attacker costs the others: for each attack of hostile/ a fresh server on the first core;
the attacker, and a bystander, on the second. See scripts/attacks."""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from attacked import MIB, PROGRAM, memory_of  # noqa: E402
from hostile import ATTACKS, Attack  # noqa: E402
from support.hosts import outer_address  # noqa: E402

SERVER_CORE, OTHER_CORE = 0, 1
PREPARE_SECONDS, ATTACK_SECONDS = 120, 60
INTERVAL = 0.001  # seconds between the bystander's requests: PAUSE of bystander.py
MAX_P99, MAX_LONGEST = 0.005, 0.020  # seconds
REQUEST_CPU, BYTE_CPU = 20e-6, 100e-9  # seconds that a request, and each of its bytes, may cost

IDLE = Attack("", "none", None)


class Row(NamedTuple):
    kind: str
    title: str
    server: str
    sent: int
    answered: int
    requests: int
    seconds: float    # of the attack
    cpu: float        # seconds of the server
    delayed: float    # seconds for which the server waited for its core
    latencies: list   # sorted, in seconds
    refused: int      # replies that the bystander did not get
    resident: int     # peak of the server's bytes
    cap: int          # --max-memory in bytes; None: the default
    kernel: int       # bytes of sockets
    failure: str      # None: the attack was made

    def allowed_cpu(self):
        return REQUEST_CPU * self.requests + BYTE_CPU * (self.sent + self.answered)

    def quantile(self, part):
        return self.latencies[min(len(self.latencies) * part // 100, len(self.latencies) - 1)]

    def misses(self):
        """What the row shows that must not be."""
        if self.quantile(99) > MAX_P99:
            yield f"p99 {1000 * self.quantile(99):.1f} ms"
        if self.latencies[-1] > MAX_LONGEST:
            yield f"longest {1000 * self.latencies[-1]:.1f} ms"
        if self.requests and self.cpu > self.allowed_cpu():
            yield f"CPU {self.cpu / self.allowed_cpu():.1f} times what is allowed"
        if self.refused:
            yield f"the bystander was refused {self.refused} times"
        if self.cap and self.resident > self.cap * 115 // 100 + PROGRAM:
            yield f"resident {self.resident / MIB:.0f} MiB"
        if self.failure:
            yield self.failure


def prefer(core, nice=0, realtime=False):
    """For a child: its core and, where it is permitted, its priority, because other programs use the
    machine as well."""
    def prepare():
        os.sched_setaffinity(0, {core})
        os.setsid()
        with contextlib.suppress(OSError):
            if realtime:
                os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
                return
            os.setpriority(os.PRIO_PROCESS, 0, nice)
            Path("/proc/self/autogroup").write_text(str(nice))  # weighs sessions
    return prepare


def cpu_of(process):
    """Seconds on the core, and seconds that it waited for it."""
    on, waited, _ = Path(f"/proc/{process.pid}/schedstat").read_text().split()
    return int(on) / 1e9, int(waited) / 1e9


def kernel_memory(server):
    """Bytes that the kernel holds for the server's connections; 0 without `ss`."""
    with contextlib.suppress(FileNotFoundError):
        text = subprocess.run(["ss", "-tmnH", f"sport = :{server.port}"], capture_output=True,
                              text=True, check=True).stdout
        return sum(int(size) for size in re.findall(r"(?<=[(,])[rwf](\d+)", text))
    return 0


class Server:
    def __init__(self, path, folder, flags):
        port_file = Path(folder) / "port"
        port_file.unlink(missing_ok=True)
        self.log = open(Path(folder) / "log", "w+")
        self.process = subprocess.Popen(
            [path, "--port", "0", "--port-file", port_file, *flags], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.log, preexec_fn=prefer(SERVER_CORE, nice=-20))
        while not port_file.exists():
            assert self.process.poll() is None, "the server did not start"
            time.sleep(0.005)
        self.port = int(port_file.read_text())

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class Script:
    """A Python program of this folder, with a pipe to and from it."""

    def __init__(self, name, *arguments, **priority):
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, HERE / name, *map(str, arguments)], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, preexec_fn=prefer(OTHER_CORE, **priority))

    def line(self, seconds):
        """Its next line, an empty one if it does not come in time."""
        def expire(*_):
            raise TimeoutError
        signal.signal(signal.SIGALRM, expire)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            return self.process.stdout.readline()
        except TimeoutError:
            return ""
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def begin(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self):
        """The rest of its output."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        return self.line(30)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def with_missing(seconds):
    """Sorted latencies, with those that requests at a steady pace would have had while one waited."""
    result = list(seconds)
    for each in seconds:
        while each > INTERVAL:
            each -= INTERVAL
            result.append(each)
    return sorted(result)


NOTHING = {"sent": 0, "answered": 0, "requests": 0, "failure": None}


def start(children, script, expected, seconds):
    """Waits until the script says that it is ready. Returns it, and what failed."""
    children.append(script)
    line = script.line(seconds)
    return script, None if line == expected else f"{script.name}: not {expected.strip()}"


def measure(path, label, attack, seconds, folder):
    source = outer_address() if attack.remote else "-"
    server = Server(path, folder, attack.flags)
    children = []
    try:
        return measure_server(server, children, label, attack, seconds, source)
    finally:
        for child in children:
            child.kill()
        server.kill()


def cap_of(flags):
    """Bytes of --max-memory, or None."""
    if "--max-memory" not in flags:
        return None
    megabytes = flags[flags.index("--max-memory") + 1]
    return int(megabytes.removesuffix("M")) * MIB


def measure_server(server, children, label, attack, seconds, source):
    bystander, failure = start(
        children, Script("bystander.py", server.port, source, attack.bystander, realtime=True),
        "connected\n", 10)
    if attack.run:
        attacker, unready = start(
            children, Script("attacker.py", server.port, source, seconds, attack.title, nice=-5),
            "ready\n", PREPARE_SECONDS)
        failure = failure or unready
    begin, before = time.monotonic(), cpu_of(server.process)
    result = NOTHING
    bystander.begin()
    if not attack.run:
        time.sleep(seconds)
    elif not failure:
        attacker.begin()
        line = attacker.line(ATTACK_SECONDS)
        result = json.loads(line) if line else NOTHING | {"failure": "it did not end"}
    after, duration = cpu_of(server.process), time.monotonic() - begin
    kernel = kernel_memory(server)
    line = bystander.finish()
    report = json.loads(line) if line else {"seconds": [duration], "refused": 0}
    if not line:
        failure = failure or "the bystander had no reply"
    return Row(attack.kind, attack.title, label, result["sent"], result["answered"],
               result["requests"], duration, after[0] - before[0], after[1] - before[1],
               with_missing(report["seconds"]) or [0], report["refused"],
               memory_of(server.process, "VmHWM"), cap_of(attack.flags), kernel,
               failure or result["failure"])


def size(count):
    for unit, factor in (("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)):
        if count >= 10 * factor:
            return f"{count / factor:.0f}{unit}"
    return str(count)


HEAD = (f"{'kind':14} {'attack':70} {'server':8} {'sent':>6} {'answ.':>6} {'reqs':>8} {'CPU s':>6} "
        f"{'us/req':>9} {'ns/byte':>8} {'allowed':>8} {'p50 ms':>7} {'p99 ms':>8} {'longest':>8} "
        f"{'MiB':>6} {'sockets':>7} {'refused':>7} {'delayed':>7}")


def show(row):
    per_request = 1e6 * row.cpu / row.requests if row.requests else 0
    moved = row.sent + row.answered
    share = f"{100 * row.cpu / row.allowed_cpu():.0f}%" if row.requests else ""
    print(f"{row.kind:14} {row.title[:70]:70} {row.server:8} {size(row.sent):>6} "
          f"{size(row.answered):>6} {row.requests:8} {row.cpu:6.2f} {per_request:9.1f} "
          f"{1e9 * row.cpu / moved if moved else 0:8.1f} {share:>8} "
          f"{1000 * row.quantile(50):7.2f} {1000 * row.quantile(99):8.2f} "
          f"{1000 * row.latencies[-1]:8.1f} {row.resident / MIB:6.0f} {row.kernel / MIB:7.0f} "
          f"{row.refused:7} {100 * row.delayed / row.seconds:6.1f}%", flush=True)


def figure(number):
    """Two digits, and all of those before the decimal point."""
    if number >= 9.95:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 0.995 else f"{number:.2g}"


COLUMNS = (
    ("sent", lambda row: size(row.sent) if row.requests else ""),
    ("CPU µs per request",
     lambda row: figure(1e6 * row.cpu / row.requests) if row.requests else ""),
    ("% of what is allowed",
     lambda row: figure(100 * row.cpu / row.allowed_cpu()) if row.requests else ""),
    ("p99 ms", lambda row: figure(1000 * row.quantile(99))),
    ("longest ms", lambda row: figure(1000 * row.latencies[-1])),
)


def markdown(rows, servers):
    """A table with a line for each attack and, in its cells, the servers one after another."""
    def line(*cells):
        print("|" + "".join(f" {cell} |" if cell else " |" for cell in cells))

    line("", "attack", *(name for name, _ in COLUMNS))
    print(f"|{'---|' * (len(COLUMNS) + 2)}")
    for first in range(0, len(rows), servers):
        some = rows[first:first + servers]
        line(some[0].kind, some[0].title,
             *(" → ".join(filter(None, map(of_row, some))) for _, of_row in COLUMNS))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", action="append", metavar="[LABEL=]PATH", required=True,
                        help="a tcpstored; may be repeated: they take turns")
    parser.add_argument("--seconds", type=float, default=3, help="of each attack")
    parser.add_argument("--runs", type=int, default=1,
                        help="of each attack; the one in which the server waited least for its "
                             "core counts")
    parser.add_argument("--markdown", action="store_true", help="print a table for a document, too")
    parser.add_argument("--json", type=Path, help="file for the rows")
    parser.add_argument("words", nargs="*", metavar="WORD",
                        help="only attacks with one of these in their title")
    arguments = parser.parse_args()
    servers = [each.rpartition("=") for each in arguments.server]
    rows = []
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for attack in [IDLE, *sorted(ATTACKS, key=lambda attack: attack.kind)]:
            title = f"{attack.kind} {attack.title}"
            if arguments.words and not any(word in title for word in arguments.words):
                continue
            runs = [[measure(path, label, attack, arguments.seconds, folder)
                     for label, _, path in servers] for _ in range(arguments.runs)]
            for same in zip(*runs):
                rows.append(min(same, key=lambda row: row.delayed / row.seconds))
                show(rows[-1])
    if arguments.json:
        arguments.json.write_text(json.dumps([row._asdict() for row in rows]))
    if arguments.markdown:
        markdown(rows, len(servers))
    missed = False
    for row in rows:
        reasons = "; ".join(row.misses())
        if reasons:
            missed = True
            print("MISSED", *filter(None, (row.server, row.kind, row.title)), f"({reasons})")
    sys.exit(missed)


main()
