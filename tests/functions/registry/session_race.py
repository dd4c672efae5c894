"""One of two processes that want a device: `python -m tests.functions.registry.session_race ...`.

Reads a line to start, prints the session or why there is none.
"""

from __future__ import annotations

import sys
import warnings

from functions.device_events import Announcer
from functions.publishing import Publisher
from functions.registry.errors import RegistryError
from functions.registry.registry import Registry, connect
from functions.sessions.opening import Wish, open_session
from local.pubsub import topic_path
from schemas.capabilities import Requirements


def main(project: str, device: str, key: str) -> None:
    """Opens a session as an instance of its own."""
    warnings.simplefilter("ignore")
    registry = Registry(connect(project, "telemetry"))
    announcer = Announcer(Publisher(topic_path(project, "device-events")))
    known = registry.fresh_device(device)
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        wish = Wish("subject000000001", "oddball", Requirements(), key)
        print("session", open_session(registry, announcer, known, wish).session, flush=True)
    except RegistryError as error:
        print(type(error).__name__, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
