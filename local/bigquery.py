"""BigQuery on this machine: an emulator on 127.0.0.1, and clients that are connected to it."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from local.bigquery_environment import INSTALL_COMMAND, BigQueryEnvironment
from local.emulators import Emulator, EmulatorError, EmulatorKind, environment
from transforms.bigquery_address import (
    LOOPBACK_VARIABLE,
    STORAGE_LOOPBACK_VARIABLE,
    BigQueryAddress,
)

PROJECT = "local"


@dataclasses.dataclass(frozen=True)
class BigQueryKind(EmulatorKind):
    """The emulator, wherever its virtual environment is."""

    environment: BigQueryEnvironment = dataclasses.field(default_factory=BigQueryEnvironment)

    def find(self) -> Path:
        """The program, or `EmulatorError` with the command that installs it."""
        if not self.environment.is_installed():
            raise EmulatorError(self.name, "is not installed", f"install it with: {self.install}")
        return self.environment.program


BIGQUERY = BigQueryKind(
    name="bigquery",
    program="local-bigquery",
    arguments=("serve", "--host=127.0.0.1", "--port=0", f"--project={PROJECT}"),
    ready=r"running on http://(127\.0\.0\.1:\d+)",
    install=INSTALL_COMMAND,
)


@contextlib.contextmanager
def bigquery_emulator(project: str = PROJECT) -> Iterator[BigQueryAddress]:
    """A running, empty emulator, to which Google's client in this process connects meanwhile.

    Yields:
      Its address, with a dataset that is not made yet; `dataclasses.replace` names another.
    """
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory(prefix="bigquery-"))
        # The emulator does not tell which port it took for gRPC. So one is reserved: gRPC shares a
        # port whose owner allows it, and nobody else gets it meanwhile.
        reserved = stack.enter_context(socket.socket())
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        grpc_port = reserved.getsockname()[1]
        kind = dataclasses.replace(
            BIGQUERY,
            arguments=(*BIGQUERY.arguments, f"--grpc-port={grpc_port}", f"--data-dir={data}"),
            variables=(("HOME", str(BIGQUERY.environment.home)),),
        )
        emulator = stack.enter_context(Emulator(kind))
        address = BigQueryAddress(
            project,
            loopback_address=emulator.address,
            storage_loopback_address=f"127.0.0.1:{grpc_port}",
        )
        url = f"http://{address.loopback_address}"  # Google's client wants a URL
        storage = address.storage_loopback_address
        told = {LOOPBACK_VARIABLE: url, STORAGE_LOOPBACK_VARIABLE: storage}
        stack.enter_context(environment(**told))
        yield address
