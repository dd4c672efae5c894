"""A door in front of a server that can be shut: connections break, and none is taken."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class TcpProxy:
    """Forwards bytes between its port of 127.0.0.1 and a server.

    Attributes:
      address: host and port, the same before and after an outage.
    """

    def __init__(self, behind: str):
        host, port = behind.split(":")
        self._behind = (host, int(port))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._port = 0
        self.come_back()
        self.address = f"127.0.0.1:{self._port}"

    def go_away(self) -> None:
        """From now on nobody is there."""
        with self._lock:
            gone, self._open = self._open, set()
            listener, self._listener = self._listener, None
        for one in (*gone, *([listener] if listener else [])):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def come_back(self) -> None:
        """Takes connections again."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        listener.listen()
        self._port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._behind)
                with self._lock:
                    if self._listener is not listener:
                        near.close()
                        far.close()
                        return
                    self._open |= {near, far}
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._forward, args=pair, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(1 << 16):
                target.sendall(content)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def tcp_proxy(behind: str) -> Iterator[TcpProxy]:
    """A proxy in front of HOST:PORT."""
    proxy = TcpProxy(behind)
    try:
        yield proxy
    finally:
        proxy.go_away()
