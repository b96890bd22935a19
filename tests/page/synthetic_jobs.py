"""What a server answers about synthetic jobs."""

HOSTILE = ["<img src=x onerror=\"document.title='owned'\">", "</script><script>owned()</script>",
           "\u202egnp.exe\u202c", "line\nbreak", "&lt;b&gt;", "${alert(1)}", "a" * 900]


def rank_list(numbers):
    """As in "333,456-463"."""
    runs = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def culprit(kind, text, first, last=None, **more):
    return {"kind": kind, "first": first, "last": first if last is None else last, "host": None,
            "peer": None, "pid": None, "seconds": None, "text": text, **more}


def stage(**more):
    return {"name": "job-1: gloo, default group", "job": "job-1", "stage": "gloo, default group",
            "group": "", "key": "job-1/default_pg/0//cpu//0/7", "waiting": 7,
            "longest_seconds": 31.2, "watched": False, "member": "rank", "deed": "set its address",
            "world": 8, "world_known": True, "come": 7, "missing": "7",
            "next": "barrier of the default group",
            "text": "7 of 8 ranks have set their address", "culprits": [], "culprits_omitted": 0,
            **more}


def host(name, ranks, missing="", state="waiting", size=8, **more):
    here = size - len(missing.split(",")) if missing else size
    return {"host": name, "clients": here, "running": 0, "waiting": here, "silent": 0, "left": 0,
            "ranks": ranks, "missing": missing, "state": state, "longest_seconds": 31.2, **more}


def stat(clients, waiting, **more):
    return {"version": "0.1.0", "pid": 4242, "uptime_seconds": 312.0,
            "addresses": ["10.0.0.1:29500"], "clients": clients, "clients_max": 1048576,
            "waiting": waiting, "oldest_wait_seconds": 31.2 if waiting else 0.0,
            "keys": clients + 4, "queues": 0, "memory_bytes": 48_000 + 4_100 * clients,
            "memory_limit_bytes": 4 << 30, "requests": {"set": clients, "wait": clients},
            "requests_total": 10 * clients, "received_bytes": 900 * clients,
            "sent_bytes": 700 * clients, "closed_total": 1, "loop_busy_seconds": 0.1,
            "record_bytes": 1048576, **more}


def page_of(name, entries, total=None):
    return {name: entries, "cursor": None, "total": len(entries) if total is None else total}


def job(verdict, connected, waiting, stages, hosts, barriers=()):
    longest = max((each["longest_seconds"] for each in stages), default=0.0)
    waits = [{"key": each["key"], "clients": each["waiting"], "stage": each["stage"],
              "longest_seconds": each["longest_seconds"], "watched": each["watched"]}
             for each in stages]
    summary = (f"{connected} clients connected; {waiting} wait, the longest for {int(longest)} s"
               if waiting else f"{connected} clients connected; none waits")
    return {"why": {"verdict": verdict, "summary": summary, "connected": connected,
                    "waiting": waiting, "longest_seconds": longest, "hang_seconds": 30.0,
                    "stages": stages},
            "hosts": page_of("hosts", hosts), "waits": page_of("waits", waits),
            "barriers": page_of("barriers", list(barriers)), "stat": stat(connected, waiting)}


def barrier(name="epoch-3/checkpoint", come=7, world=8, seconds=31.2):
    return {"name": name, "come": come, "world": world, "waiting": come, "longest_seconds": seconds}


def hang_of_8():
    left = ("rank 7 left 31 s ago and has not set its address (10.0.0.2:37556, pid 20817): its "
            "process has ended; look at its log")
    return job("hangs", 7, 7, [stage(culprits=[culprit("left", left, 7, host="10.0.0.2")])],
               [host("10.0.0.1", "0-3", size=4),
                host("10.0.0.2", "4-6", "7", "missing", size=4, left=1)], [barrier()])


def healthy():
    one = stage(longest_seconds=1.4, missing="5,7", come=6, waiting=6,
                key="job-1/default_pg/0//cpu//0/5", text="6 of 8 ranks have set their address")
    return job("waiting", 8, 6, [one],
               [host("10.0.0.1", "0-3", size=4, longest_seconds=1.4),
                host("10.0.0.2", "4,6", state="running", size=4, running=2, waiting=2,
                     longest_seconds=1.1)])


def idle():
    return job("idle", 8, 0, [], [host("10.0.0.1", "0-7", state="running", running=8, waiting=0,
                                       longest_seconds=0.0)])


def empty():
    return job("idle", 0, 0, [], [])


def address_of(number):
    return f"10.0.{number // 250}.{number % 250 + 1}"


def hang_of_hosts(count, size=8):
    """One host never came, one lacks a process, one process is silent, two hosts still run."""
    never, short, silent = count * 2 // 5, count * 3 // 5, count // 5
    running = {count // 3, count // 3 + 1}
    hosts, missing = [], set()
    for number in range(count):
        ranks = range(number * size, (number + 1) * size)
        name, absent, state, more = address_of(number), set(), "waiting", {}
        if number == never:
            name, absent, state = f"?{number}", set(ranks), "missing"
            more = {"clients": 0, "waiting": 0, "longest_seconds": 0.0}
        elif number == short:
            absent, state = {ranks[size // 2]}, "missing"
            more = {"clients": size - 1, "waiting": size - 1}
        elif number == silent:
            absent, state, more = {ranks[size // 4]}, "silent", {"silent": 1, "waiting": size - 1}
        elif number in running:
            state, more = "running", {"running": 1, "waiting": size - 1}
        missing |= absent
        hosts.append(host(name, rank_list(set(ranks) - absent), rank_list(absent), state,
                          **{"clients": size, "waiting": size, **more}))
    world, first = count * size, min(missing)
    quiet, lacking = silent * size + size // 4, short * size + size // 2
    first_never, last_never = never * size, never * size + size - 1
    texts = [
        culprit("silent", f"rank {quiet} is connected, has not set its address, and is silent for "
                f"5 min ({address_of(silent)}:30085, pid 7731): look at what its process does",
                quiet),
        culprit("host-never", f"ranks {first_never}-{last_never} have not connected: the host that "
                "has them is missing", first_never, last_never),
        culprit("host-short", f"host {address_of(short)} lacks rank {lacking}, where others have "
                f"{size} ranks each: was it started, or has it failed?", lacking)]
    one = stage(world=world, come=world - len(missing), missing=rank_list(missing),
                waiting=world - len(missing) - 2, longest_seconds=312.0, culprits=texts,
                key=f"job-1/1/default_pg/0//cpu//0/{first}",
                text=f"{world - len(missing):,} of {world:,} ranks have set their address")
    return job("hangs", world - size - 1, one["waiting"], [one], hosts)


def hang_of_10000():
    return hang_of_hosts(1250)


def hostile():
    """Strings that clients choose, as no server should send them: unescaped."""
    texts = [culprit("silent", f"rank 1 waits for something else: {text}", 1) for text in HOSTILE]
    stages = [stage(key=text, name=text, group=text, missing="", culprits=texts if i == 0 else [])
              for i, text in enumerate(HOSTILE)]
    hosts = [host(text, str(i), size=1) for i, text in enumerate(HOSTILE)]
    made = job("hangs", 8, 7, stages, hosts, [barrier(text) for text in HOSTILE])
    made["why"]["summary"] = HOSTILE[0]
    made["stat"].update(version=HOSTILE[0], addresses=[HOSTILE[1]])
    return made
