"""What bench/compare measures: the rows of its table and the sweeps of its plots."""

from dataclasses import dataclass, field

KEY = 32
MANY = 1000
LARGE = 8 << 20
KINDS = ("get", "set", "add")


@dataclass(frozen=True)
class Goal:
    """A bound on `metric` of tcpstored, divided by that of `over` unless that is None."""
    over: str | None
    least: float | None = None
    most: float | None = None
    metric: str | None = None

    def text(self):
        over = f" of {self.over}" if self.over else ""
        metric = f"{self.metric} " if self.metric else ""
        sign, bound = ("≥", self.least) if self.least is not None else ("≤", self.most)
        number = f"{bound:,.0f}" if bound >= 100 else f"{bound:.3g}"
        return f"{metric}{sign} {number}{over}"

    def is_met(self, value):
        return value >= self.least if self.least is not None else value <= self.most


@dataclass(frozen=True, eq=False)
class Row:
    name: str
    scenario: str
    metric: str
    flags: dict = field(default_factory=dict)
    goals: tuple = ()
    floor: tuple | None = None  # the floor's arguments; None: not measured there
    extra: tuple = ()  # metrics without a goal
    timeout: int | None = None  # seconds; a server that takes longer gets this as its time

    @property
    def metrics(self):
        of_goals = [goal.metric for goal in self.goals if goal.metric]
        return [self.metric, *dict.fromkeys((*of_goals, *self.extra))]


def floor_of(scenario, value_size):
    """Sizes of a request and its reply, as arguments."""
    sized = 8 + value_size
    request, reply = {
        "get": (1 + 8 + KEY, sized),
        "set": (1 + 8 + KEY + sized + 5, 4),
        "add": (1 + 8 + KEY + 8, 8),
        "check": (1 + 8 + 8 + KEY, 1),
        "watchdog": (1 + 8 + 8 + KEY, 1),
        "ping": (5, 4),
        "multi-get": (1 + 8 + MANY * (8 + KEY), MANY * sized),
        "multi-set": (1 + 8 + MANY * (8 + KEY + sized) + 5, 4),
        "large": (2 * (1 + 8 + KEY) + sized, sized),
        "set-stream": (1 + 8 + KEY + sized, 0),
    }[scenario]
    return ("--request", str(request), "--reply", str(reply))


def init_floor(ranks, value_size):
    """ADD; SET and WAIT; MULTI_GET; BARRIER."""
    key, sized = 8 + KEY, 8 + value_size
    names = 1 + 8 + ranks * key
    return ("--ranks", str(ranks), "--step", f"{1 + key + 8}:8",
            "--gather", f"{1 + key + sized + names}:1", "--step", f"{names}:{ranks * sized}",
            "--gather", f"{1 + key + 8}:1")


def steady(scenario, clients, pipeline=1, goals=(), value_size=32, **flags):
    name = f"{scenario}, {clients:,} clients"
    if pipeline > 1:
        name += f", depth {pipeline}"
    return Row(name, scenario, "ops_per_second",
               {"clients": clients, "pipeline": pipeline, "value-size": value_size, **flags},
               goals, floor_of(scenario, value_size), ("server_cpu_us_per_op",))


def small_rows():
    depth_1 = (Goal("floor", least=0.97),)
    depth_16 = (Goal("torch", least=10), Goal("floor", least=0.9))
    for kind in (*KINDS, "check", "ping"):
        is_goal = kind in KINDS
        for clients in (64, 1000):
            yield steady(kind, clients, goals=depth_1 if is_goal else ())
        yield steady(kind, 64, 16, depth_16 if is_goal else ())


def bulk_rows():
    three = (Goal("torch", least=3),)
    stream_floor = floor_of("set-stream", 32)
    yield Row("set-stream, a SET to a send", "set-stream", "ops_per_second", {},
              (Goal("floor", least=0.9),), stream_floor)
    yield Row("set-stream, 256 SETs to a send", "set-stream", "ops_per_second",
              {"pipeline": 256}, three, stream_floor)
    yield steady("multi-get", 8, goals=three)
    yield steady("multi-set", 8, goals=three)
    yield steady("large", 4, goals=(Goal("torch", least=1.5), Goal("floor", least=0.8)),
                 value_size=LARGE)


def init_rows(sizes):
    """PyTorch's server takes time proportional to the cube of the ranks: a minute for 4,000, an
    hour for 16,000."""
    goals = (Goal("torch", most=0.7), Goal("torch", most=0.5, metric="server_cpu_s"),
             Goal("floor", most=1.4))
    for ranks in sizes:
        yield Row(f"init, {ranks:,} ranks", "init", "seconds", {"clients": ranks, "value-size": 32},
                  goals, init_floor(ranks, 32), extra=("server_cpu_s",), timeout=140 if ranks > 4000 else None)


def storm_rows(scale):
    yield Row(f"fan-out, {10 * scale:,} waiters", "fan-out", "seconds",
              {"clients": 10 * scale},
              (Goal("floor", most=1.05),), ("--crowd",))
    for scenario in ("cancel-storm", "drop-storm"):
        for clients in (scale, 10 * scale):
            goals = (Goal("floor", most=1.05, metric="server_cpu_s"),)
            yield Row(f"{scenario}, {clients:,} clients", scenario, "ping_seconds",
                      {"clients": clients}, goals if clients > scale else (), ("--crowd",),
                      extra=("server_cpu_s",))


def trickle_rows(keys):
    """A PING after every 16th segment, and after each, where PINGs take most of the time."""
    for count in (keys // 10, keys):
        for pipeline in (16, 1):
            goals = (Goal("torch", most=1 / 50),) if (count, pipeline) == (keys, 16) else ()
            name = f"trickle, {count:,} keys" + ("" if pipeline > 1 else ", segment by segment")
            yield Row(name, "trickle", "seconds", {"keys": count, "pipeline": pipeline}, goals,
                      extra=("server_cpu_s",))


def standing_rows(scale, growth_keys):
    yield Row(f"growth, {growth_keys:,} keys", "growth", "ops_per_second",
              {"keys": growth_keys},
              (Goal(None, most=2000, metric="latency_p99_9_us"),
               Goal(None, most=5000, metric="latency_max_us"),
               Goal(None, most=1.5, metric="many_to_few_ratio")))
    yield Row(f"watchdog, {10 * scale:,} ranks", "watchdog", "server_cpu_percent",
              {"clients": 10 * scale, "value-size": 1},
              (Goal("floor", most=1.05),), floor_of("watchdog", 1))
    yield Row(f"memory, {10 * scale:,} clients, 1,000,000 keys", "memory", "client_rss_bytes",
              {"clients": 10 * scale, "keys": 1000000},
              (Goal(None, most=1024), Goal("torch", most=0.5),
               Goal(None, most=104, metric="key_rss_bytes"),
               # 16 of its bytes keep the order of the keys, which must not be that of buckets.
               Goal("torch", most=0.6, metric="key_rss_bytes")))


def table(quick):
    scale = 100 if quick else 1000
    return [*small_rows(), *bulk_rows(), *init_rows((200, 500) if quick else (1000, 4000, 16000)),
            *storm_rows(scale), *trickle_rows(20000 if quick else 100000),
            *standing_rows(scale, 200000 if quick else 10000000)]


# Pairs of rows with ten times as much work, for which the time must grow linearly.
def linear_pairs(quick):
    names = [row.name for row in table(quick)]
    for scenario in ("cancel-storm", "drop-storm", "trickle"):
        few, many = (name for name in names
                     if name.startswith(scenario) and "segment by segment" not in name)
        yield few, many


@dataclass(frozen=True, eq=False)
class Sweep:
    name: str
    axis: str
    points: dict  # x to row


def sweeps(quick):
    clients = (1, 16, 256) if quick else (1, 4, 16, 64, 256, 1000, 4000, 10000)
    sizes = (8, 4096) if quick else (8, 64, 512, 4096, 32768, 262144, 1 << 20, LARGE)
    keys = (1000, 10000) if quick else (1000, 10000, 100000, 1000000)
    yield Sweep("get-clients", "clients", {n: steady("get", n) for n in clients})
    yield Sweep("set-clients", "clients", {n: steady("set", n) for n in clients})
    yield Sweep("get-value", "bytes of a value",
                {n: steady("get", 16, value_size=n, keys=16) for n in sizes})
    yield Sweep("set-value", "bytes of a value",
                {n: steady("set", 16, value_size=n, keys=16) for n in sizes})
    yield Sweep("get-keys", "keys", {n: steady("get", 64, 16, keys=n) for n in keys})
