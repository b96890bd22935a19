"""Medians, spreads and ratios of the measurements, and their tables."""

import statistics

UNITS = {
    "ops_per_second": "operations per second", "seconds": "seconds",
    "ping_seconds": "seconds to a PING", "server_cpu_percent": "% of a core",
    "client_rss_bytes": "bytes per client", "key_rss_bytes": "bytes per key",
    "server_cpu_s": "s of CPU", "server_cpu_us_per_op": "µs of CPU per operation",
    "latency_p99_9_us": "µs, p99.9", "latency_max_us": "µs, longest",
    "many_to_few_ratio": "cost with many keys / with few",
}


def values(rounds, server, metric):
    """The metric in each round; None if the round failed."""
    return [measured.get(server, {}).get(metric) for measured in rounds]


def has_timed_out(rounds, server):
    """Whether some round's time is its time limit."""
    return any(measured.get(server, {}).get("timed_out") for measured in rounds)


def summary(numbers):
    known = [number for number in numbers if number is not None]
    if not known:
        return None
    return {"median": statistics.median(known), "least": min(known), "most": max(known),
            "rounds": len(known)}


def ratios(rounds, over, metric):
    """tcpstored divided by the other server, in the same round."""
    pairs = zip(values(rounds, "tcpstored", metric), values(rounds, over, metric))
    return summary([ours / theirs for ours, theirs in pairs if ours is not None and theirs])


def judge(goal, rounds, metric):
    metric = goal.metric or metric
    measured = (ratios(rounds, goal.over, metric) if goal.over
                else summary(values(rounds, "tcpstored", metric)))
    value = measured["median"] if measured else None
    return {"goal": goal.text(), "measured": value,
            "met": goal.is_met(value) if value is not None else None}


def evaluate(row, rounds, servers):
    """All results of one row, for JSON."""
    return {
        "timed_out": [name for name in servers if has_timed_out(rounds, name)],
        "scenario": row.scenario,
        "flags": row.flags,
        "metric": row.metric,
        "metrics": {metric: {
            "servers": {name: summary(values(rounds, name, metric)) for name in servers},
            "ratios": {name: ratios(rounds, name, metric) for name in servers
                       if name != "tcpstored"},
        } for metric in row.metrics},
        "cpu_percent": {name: {who: summary(values(rounds, name, f"{who}_cpu_percent"))
                               for who in ("server", "generator")} for name in servers},
        "goals": [judge(goal, rounds, row.metric) for goal in row.goals],
        "rounds": rounds,
    }


def figure(number):
    if number is None:
        return "–"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def spread(measured):
    if measured is None:
        return "–"
    if measured["least"] == measured["most"]:
        return figure(measured["median"])
    return f"{figure(measured['median'])} ({figure(measured['least'])}–{figure(measured['most'])})"


def goal_cell(goals):
    marks = {True: "met", False: "**not met**", None: "not measured"}
    return "; ".join(f"{goal['goal']}: {figure(goal['measured'])}, {marks[goal['met']]}"
                     for goal in goals) or "–"


def table(header, lines):
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for line in lines:
        yield "| " + " | ".join(line) + " |"


def main_table(results, servers):
    others = [name for name in servers if name != "tcpstored"]
    for name, result in results.items():
        more = {server: "> " if server in result["timed_out"] else "" for server in servers}
        less = {server: "< " if server in result["timed_out"] else "" for server in servers}
        for metric, measured in result["metrics"].items():
            first = metric == result["metric"]
            yield [name if first else "", UNITS[metric],
                   *(more[server] + spread(measured["servers"][server]) for server in servers),
                   *(less[server] + spread(measured["ratios"][server]) for server in others),
                   goal_cell(result["goals"]) if first else ""]


def load_table(results, servers):
    for name, result in results.items():
        shares = result["cpu_percent"]
        cells = [f"{figure((shares[server]['server'] or {}).get('median'))} / "
                 f"{figure((shares[server]['generator'] or {}).get('median'))}"
                 for server in servers]
        yield [name, *cells]


def scaling_table(results, pairs):
    for few, many in pairs:
        if few in results and many in results:
            metric = results[many]["metric"]
            medians = [results[name]["metrics"][metric]["servers"]["tcpstored"]
                       for name in (few, many)]
            if all(medians):
                ratio = medians[1]["median"] / medians[0]["median"]
                yield [few, many, f"{ratio:.1f}", "met" if ratio <= 12 else "**not met**"]


def failures(results):
    for name, result in results.items():
        for number, measured in enumerate(result["rounds"], 1):
            for server, found in measured.items():
                if "error" in found:
                    yield f"- {name}, {server}, round {number}: {found['error']}"


def markdown(machine, results, servers, pairs):
    others = [name for name in servers if name != "tcpstored"]
    yield from (f"{name}: {value}  " for name, value in machine.items())
    yield from ("", "Medians over the rounds, with minimum and maximum. A ratio is tcpstored divided",
                "by the other server in the same round. > marks a time limit that was reached.", "")
    yield from table(["row", "unit", *servers, *(f"ratio to {name}" for name in others), "goals"],
                     main_table(results, servers))
    yield from ("", "Growth of the time for ten times as much work:", "")
    yield from table(["from", "to", "ratio", "≤ 12"], scaling_table(results, pairs))
    yield from ("", "Share of a core in percent, server / generator:", "")
    yield from table(["row", *servers], load_table(results, servers))
    failed = list(failures(results))
    if failed:
        yield from ("", "Failed:", "", *failed)
