"""In front of the Bigtable emulator: refuses rows as the service does, which the emulator cannot.

The emulator answers INTERNAL to whatever it does not take, and takes keys and cells of any size.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.cloud.bigtable_v2.types import MutateRowsRequest, MutateRowsResponse
from google.rpc import status_pb2  # type: ignore[import-untyped]

from local.bigtable import ADDRESS_VARIABLE

_STREAMED = ("/MutateRows", "/ReadRows", "/SampleRowKeys")


class BigtableProxy(grpc.GenericRpcHandler):
    """Forwards bytes as they are.

    Args:
      refuses: row keys that are refused with INVALID_ARGUMENT.
      whole: then the whole request is, as where a message is too long; else the entry.

    Attributes:
      unavailable: so many requests to write are answered UNAVAILABLE from now on.
    """

    def __init__(self, address: str, refuses: Callable[[bytes], bool], *, whole: bool):
        self._channel = grpc.insecure_channel(address)
        self._refuses, self._whole = refuses, whole
        self.unavailable = 0

    def service(self, handler_call_details: Any) -> grpc.RpcMethodHandler:
        method = handler_call_details.method
        if method.endswith("/MutateRows"):
            return grpc.unary_stream_rpc_method_handler(self._mutate_rows)
        if method.endswith(_STREAMED):
            return grpc.unary_stream_rpc_method_handler(
                lambda request, _: self._channel.unary_stream(method)(request)
            )
        return grpc.unary_unary_rpc_method_handler(
            lambda request, _: self._channel.unary_unary(method)(request)
        )

    def _mutate_rows(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        if self.unavailable:
            self.unavailable -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "an injected fault")
        wanted = MutateRowsRequest.deserialize(request)
        refused = [self._refuses(entry.row_key) for entry in wanted.entries]
        if self._whole and any(refused):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "an entry is too large")
        taken = [entry for entry, no in zip(wanted.entries, refused, strict=True) if not no]
        if taken:
            wanted.entries = taken
            forward = self._channel.unary_stream("/google.bigtable.v2.Bigtable/MutateRows")
            list(forward(MutateRowsRequest.serialize(wanted)))
        entries = [
            MutateRowsResponse.Entry(index=i, status=status_pb2.Status(code=3 if no else 0))
            for i, no in enumerate(refused)
        ]
        yield MutateRowsResponse.serialize(MutateRowsResponse(entries=entries))


@contextlib.contextmanager
def refusing(refuses: Callable[[bytes], bool], *, whole: bool) -> Iterator[BigtableProxy]:
    """Google's clients made meanwhile go through a proxy that refuses some rows."""
    behind = os.environ[ADDRESS_VARIABLE]
    proxy = BigtableProxy(behind, refuses, whole=whole)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((proxy,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    os.environ[ADDRESS_VARIABLE] = f"127.0.0.1:{port}"
    try:
        yield proxy
    finally:
        os.environ[ADDRESS_VARIABLE] = behind
        server.stop(grace=None).wait()
