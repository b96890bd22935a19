"""tcpstore-run: runs a job's command with a store of its own.

Happy path: start tcpstored on this node, tell the command where it is, run the command, stop tcpstored,
exit as the command did. Meanwhile ask the store who is waited for, and print it once a wait is too long.

Ways to fail: no tcpstored, or it does not start: status 125. A command that cannot be run: 126 or 127, as
in a shell. A store that dies is reported, and the command fails by itself.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from importlib.metadata import version

from tcpstore import address as addresses
from tcpstore import reach
from tcpstore.own_store import OwnStore, StartError
from tcpstore.watch import Watch, report

LAUNCHERS = {"srun", "mpirun", "mpiexec"}
FORWARDED = {signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1,
             signal.SIGUSR2}
FROM_TERMINAL = 0x80  # SI_KERNEL: a key, whose signal the command has got, too
CANNOT_START, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127

DESCRIPTION = """\
Runs COMMAND with a PyTorch store of its own: starts tcpstored on this node, sets MASTER_ADDR,
MASTER_PORT, TORCHELASTIC_USE_AGENT_STORE=True and TCPSTORE_RANK_KEYS=1 for COMMAND, and stops
tcpstored when COMMAND has exited. The exit status is COMMAND's.

  tcpstore-run srun python train.py
  tcpstore-run mpirun -x MASTER_ADDR -x MASTER_PORT -x TORCHELASTIC_USE_AGENT_STORE \\
      -x TCPSTORE_RANK_KEYS python train.py
  tcpstore-run python train.py
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tcpstore-run", description=DESCRIPTION, allow_abbrev=False, add_help=False,
        usage="tcpstore-run [FLAG]... COMMAND [ARGUMENT]...",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", metavar="HOST:PORT",
                        help="use this store, and start none")
    parser.add_argument("--host", metavar="NAME",
                        help="the name or address by which ranks reach this node (default this "
                             "host's name for srun, mpirun or mpiexec, else 127.0.0.1)")
    parser.add_argument("--allow", metavar="NETWORK", action="append", default=[],
                        help="accept clients only from NETWORK, such as 10.0.0.0/8; may be repeated "
                             "(default every host)")
    parser.add_argument("--why-after", metavar="SECONDS", type=int, default=60,
                        help="print who is missing once ranks have waited this long, and again "
                             "after twice that time; 0: never (default %(default)s)")
    parser.add_argument("-h", "--help", action="help", help="print this help and exit")
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.version:
        print(f"tcpstore-run {version('tcpstore')}")
        parser.exit()
    if options.command[:1] == ["--"]:
        del options.command[0]
    if not options.command:
        parser.error("no COMMAND; for example: tcpstore-run srun python train.py")
    if options.store and (options.host or options.allow):
        parser.error("--host and --allow are for a store that is started here, not for --store")
    if options.why_after < 0:
        parser.error(f"--why-after {options.why_after}: expected seconds, or 0 for never")
    try:
        addresses.split(options.store or "localhost")
    except ValueError as error:
        parser.error(f"--store {error}")
    return options


def host_for(command: list[str]) -> str:
    """Ranks of a launcher are on other nodes, too."""
    return os.uname().nodename if os.path.basename(command[0]) in LAUNCHERS else "127.0.0.1"


def environment(host: str, port: int) -> dict[str, str]:
    return {**os.environ, "MASTER_ADDR": host, "MASTER_PORT": str(port),
            "TORCHELASTIC_USE_AGENT_STORE": "True", "TCPSTORE_RANK_KEYS": "1"}


def start_command(command: list[str], host: str, port: int,
                  mask: set[int | signal.Signals]) -> subprocess.Popen[bytes]:
    """In this process group, so that keys of the terminal reach it; with the signals unblocked."""
    return subprocess.Popen(command, env=environment(host, port),
                            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, mask))


def supervise(command: subprocess.Popen[bytes], store: OwnStore | None, watch: Watch) -> int:
    """Waits for the end of the command: no signal is lost, because all are blocked but here."""
    awaited = {*FORWARDED, signal.SIGCHLD}
    while command.poll() is None:
        if store is not None:
            store.report_if_exited()
        received = signal.sigtimedwait(awaited, watch.seconds())
        if received is None:
            watch.ask()
        elif received.si_signo != signal.SIGCHLD and received.si_code != FROM_TERMINAL:
            command.send_signal(received.si_signo)
    status = command.returncode
    return status if status >= 0 else 128 - status


def run(options: argparse.Namespace, host: str, port: int, store: OwnStore | None,
        mask: set[int | signal.Signals]) -> int:
    watch = Watch(addresses.join(host, port), options.why_after)
    try:
        command = start_command(options.command, host, port, mask)
    except OSError as error:
        report(f"cannot run {options.command[0]}: {error.strerror}")
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
    return supervise(command, store, watch)


def main() -> int:
    options = parse(sys.argv[1:])
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {*FORWARDED, signal.SIGCHLD})
    if options.store:
        host, port = addresses.split(options.store)
        reach.warn(host, port, "The command is started nevertheless.", "tcpstore-run")
        return run(options, host, port, None, mask)
    host = options.host or host_for(options.command)
    try:
        store = OwnStore(host, options.allow, mask)
    except StartError as error:
        report(str(error))
        return CANNOT_START
    try:
        return run(options, host, store.port, store, mask)
    finally:
        store.stop()
