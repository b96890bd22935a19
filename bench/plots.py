"""The sweeps as SVG."""

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "tcpstore"
from matplotlib import pyplot  # noqa: E402 (the backend must be chosen first)

from results import summary, values  # noqa: E402


def draw(sweep, rounds_of, servers, folder):
    """Draws one sweep. `rounds_of` has the rounds of each point."""
    figure, axes = pyplot.subplots(figsize=(6, 4))
    for server in servers:
        measured = {x: summary(values(rounds, server, "ops_per_second"))
                    for x, rounds in rounds_of.items()}
        known = {x: found for x, found in measured.items() if found}
        if known:
            medians = [found["median"] for found in known.values()]
            below = [found["median"] - found["least"] for found in known.values()]
            above = [found["most"] - found["median"] for found in known.values()]
            axes.errorbar(list(known), medians, yerr=[below, above], marker="o", capsize=2,
                          label=server)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(sweep.axis)
    axes.set_ylabel("operations per second")
    axes.set_title(sweep.name.split("-")[0])
    axes.grid(True, alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / f"{sweep.name}.svg", metadata={"Date": None})
    pyplot.close(figure)
