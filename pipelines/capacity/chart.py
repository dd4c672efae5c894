"""Cost and nodes against the number of devices, as an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.capacity.plan import Plan
from schemas.errors import SchemaError


def draw(plans: Sequence[Plan], path: Path) -> None:
    """Writes the picture: stacked cost a month on the left, Bigtable nodes and workers right.

    Raises:
      SchemaError: matplotlib is not installed, which nothing else here needs.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        expected = "matplotlib, which requirements-dev.txt names"
        raise SchemaError("chart", "no library that draws", expected) from None
    matplotlib.rcParams["svg.hashsalt"] = "capacity"  # the same picture has the same bytes
    devices = [found.workload.devices for found in plans]
    services = [need.service for need in plans[0].needs]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    cost, nodes = figure.subplots(1, 2)
    per_hour = [
        [found.need(service).total / found.workload.device_hours for found in plans]
        for service in services
    ]
    cost.stackplot(devices, per_hour, labels=services)
    cost.set(xscale="log", xlabel="devices", ylabel="US$ a device-hour", title="cost")
    cost.legend(fontsize="small")
    counts = {
        "Bigtable nodes": [found.need("Bigtable").amounts["nodes"] for found in plans],
        "Dataflow workers": [found.need("Dataflow").amounts["workers"] for found in plans],
        "functions, vCPU": [found.need("Functions").amounts["vCPU"] for found in plans],
    }
    for name, values in counts.items():
        nodes.plot(devices, values, marker="o", label=name)
    nodes.axhline(30, linestyle=":", color="grey")
    nodes.annotate("30 nodes", (devices[0], 30), va="bottom", color="grey", fontsize="small")
    nodes.set(xscale="log", yscale="log", xlabel="devices", title="while all devices record")
    nodes.legend(fontsize="small")
    figure.savefig(path, format="svg", metadata={"Date": None})
