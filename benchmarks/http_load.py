"""Posts prepared requests as fast as they are answered; a process of its own beside the server.

`python -m benchmarks.http_load HOST PORT FILE SECONDS CONNECTIONS` prints what came back as JSON.
"""

from __future__ import annotations

import asyncio
import collections
import itertools
import json
import pickle
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_HEAD_END = b"\r\n\r\n"


class _Load:
    def __init__(self, requests: list[bytes], seconds: float):
        self._requests: Iterator[bytes] = itertools.cycle(requests)
        self._seconds = seconds
        self.statuses: collections.Counter[int] = collections.Counter()
        self.waits_s: list[float] = []
        self.n_refused = 0

    async def run(self, host: str, port: int, connections: int) -> float:
        """Seconds it took."""
        began = time.perf_counter()
        until = began + self._seconds
        await asyncio.gather(*(self._connection(host, port, until) for _ in range(connections)))
        return time.perf_counter() - began

    async def _connection(self, host: str, port: int, until: float) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while (asked := time.perf_counter()) < until:
            writer.write(next(self._requests))
            head = await reader.readuntil(_HEAD_END)
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            self.waits_s.append(time.perf_counter() - asked)
            self.statuses[int(head[9:12])] += 1
            self.n_refused += body.count(b'"accepted": false')
        writer.close()


def main() -> None:
    """Prints one JSON object."""
    host, port, path, seconds, connections = sys.argv[1:]
    requests: list[bytes] = pickle.loads(Path(path).read_bytes())  # noqa: S301 written by us
    load = _Load(requests, float(seconds))
    took_s = asyncio.run(load.run(host, int(port), int(connections)))
    waits = sorted(load.waits_s)
    print(
        json.dumps(
            {
                "seconds": took_s,
                "answers": len(waits),
                "statuses": load.statuses,
                "refused": load.n_refused,
                "p50_ms": 1e3 * waits[len(waits) // 2],
                "p95_ms": 1e3 * waits[int(len(waits) * 0.95)],
                "p99_ms": 1e3 * waits[int(len(waits) * 0.99)],
            }
        )
    )


if __name__ == "__main__":
    main()
