"""The gRPC server: the protocol's methods, wired to keys, faults and counts."""

from __future__ import annotations

import concurrent.futures
import functools
import inspect
import typing
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc
from google.cloud import kms_v1
from google.cloud.kms_v1.services.key_management_service.transports import (
    KeyManagementServiceGrpcTransport,
)

from local.kms.crypto_methods import CryptoMethods
from local.kms.faults import Calls, Faults, suffer
from local.kms.key_methods import KeyMethods
from local.kms.keys import Clock, Keys, utc_now
from local.kms.refusals import KmsRefusal

_SERVICE = "google.cloud.kms.v1.KeyManagementService"
_READY_S = 10
_THREADS = 16
_RESULT_FIELDS = ("ciphertext", "plaintext", "mac", "data")


class LocalKms:
    """A key service on 127.0.0.1; a context manager that starts and stops it.

    Args:
      directory: where keys are kept; made if absent, held by one key service at a time.
      port: 0 for a free one.
      clock: says when a scheduled destruction has run out.

    Attributes:
      faults: what goes wrong; nothing unless a test adds it.
      calls: what was called how often.
      address: host and port, once started.
    """

    def __init__(self, directory: Path, *, port: int = 0, clock: Clock = utc_now):
        self.faults = Faults()
        self.calls = Calls()
        self.address = ""
        self._directory, self._port, self._clock = directory, port, clock
        self._closing: list[Callable[[], object]] = []

    def __enter__(self) -> LocalKms:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serves from now on; returns once it answers."""
        keys = Keys(self._directory, self._clock)
        self._closing.append(keys.close)
        server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(_THREADS),
            options=[("grpc.so_reuseport", 0)],  # else a second server may share the port unseen
        )
        server.add_generic_rpc_handlers((self._handlers(keys),))
        try:
            port = server.add_insecure_port(f"127.0.0.1:{self._port}")
            server.start()
        except RuntimeError:  # the port is taken
            self.stop()
            raise
        self._closing.append(lambda: server.stop(grace=None).wait())
        self.address = f"127.0.0.1:{port}"
        with grpc.insecure_channel(self.address) as channel:
            grpc.channel_ready_future(channel).result(timeout=_READY_S)

    def stop(self) -> None:
        """Ends calls under way and releases the directory."""
        while self._closing:
            self._closing.pop()()

    def client(self) -> kms_v1.KeyManagementServiceClient:
        """A client of its own: Google's, unmodified."""
        channel = grpc.insecure_channel(self.address)
        self._closing.append(channel.close)
        return kms_v1.KeyManagementServiceClient(
            transport=KeyManagementServiceGrpcTransport(channel=channel)
        )

    def _handlers(self, keys: Keys) -> grpc.GenericRpcHandler:
        handlers = {}
        for methods in (KeyMethods(keys), CryptoMethods(keys)):
            for name, function in inspect.getmembers(methods, inspect.ismethod):
                if not name.startswith("_"):
                    method = "".join(word.capitalize() for word in name.split("_"))
                    handlers[method] = self._handler(method, function)
        return grpc.method_handlers_generic_handler(_SERVICE, handlers)

    def _handler(self, method: str, function: Callable[[Any], Any]) -> grpc.RpcMethodHandler:
        types = typing.get_type_hints(function)
        return grpc.unary_unary_rpc_method_handler(
            functools.partial(self._answer, method, function),
            request_deserializer=types["request"].deserialize,
            response_serializer=types["return"].serialize,
        )

    def _answer(
        self,
        method: str,
        function: Callable[[Any], Any],
        request: Any,
        context: grpc.ServicerContext,
    ) -> Any:
        name = name_in(request)
        self.calls.add(method, name)
        try:
            corrupts = suffer(self.faults.take(method, name), method, name)
            response = function(request)
        except KmsRefusal as refusal:
            context.abort(refusal.status, refusal.message)
        if corrupts:
            _flip_a_bit(response)
        return response


def name_in(request: Any) -> str:
    """The resource that a request is about, whichever field names it."""
    fields = type(request).meta.fields
    for field in ("crypto_key", "crypto_key_version"):  # of the two methods that update them
        if field in fields and getattr(request, field).name:
            return str(getattr(request, field).name)
    field = next(field for field in ("name", "parent", "location") if field in fields)
    return str(getattr(request, field))


def _flip_a_bit(response: Any) -> None:
    for field in _RESULT_FIELDS:
        data = field in type(response).meta.fields and getattr(response, field)
        if data:
            setattr(response, field, bytes([data[0] ^ 1]) + data[1:])
