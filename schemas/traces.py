"""Spans of a post that asks to be traced, from the door to the row; else, next to nothing.

A post is traced if its `traceparent` has the sampled flag and this process collects spans. Spans
carry counts: no tenant, subject or session.
"""

from __future__ import annotations

import importlib
import time
from types import TracebackType
from typing import Any

from schemas.errors import SchemaError

EXPORTERS = {
    "otlp": ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "OTLPSpanExporter"),
    "cloud": ("opentelemetry.exporter.cloud_trace", "CloudTraceSpanExporter"),
}
"""Where spans may go: module and class; their packages are installed by who wants them."""
NOWHERE = "none"
_PACKAGES = {
    "otlp": "opentelemetry-exporter-otlp-proto-http",
    "cloud": "opentelemetry-exporter-gcp-trace",
}
_SAMPLED = 1
_LENGTH = 55  # of 00-<trace>-<span>-<flags>

_tracer: Any = None


def collect_spans(exporter: str, service: str) -> None:
    """Sends this process's spans somewhere from now on; `none` leaves all as it is.

    Raises:
      SchemaError: no such exporter, or its package is not installed.
    """
    if exporter == NOWHERE or _tracer is not None:
        return
    if exporter not in EXPORTERS:
        raise SchemaError("traces", exporter, " or ".join((NOWHERE, *EXPORTERS)))
    module, name = EXPORTERS[exporter]
    try:
        made = getattr(importlib.import_module(module), name)()
    except ImportError:
        raise SchemaError("traces", exporter, f"{_PACKAGES[exporter]} installed") from None
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    collect_with(BatchSpanProcessor(made), service)


def collect_with(processor: Any, service: str) -> None:
    """The same with a span processor of OpenTelemetry; None ends it."""
    global _tracer
    if processor is None:
        _tracer = None
        return
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(resource=Resource({SERVICE_NAME: service}))
    provider.add_span_processor(processor)
    _tracer = provider.get_tracer("neural-engine")


def is_traced(traceparent: str) -> bool:
    """Whether spans are made of it here."""
    if _tracer is None or len(traceparent) != _LENGTH:
        return False
    return bool(int(traceparent[-2:], 16) & _SAMPLED)


def if_traced(traceparent: str) -> str:
    """The context where spans are made of it here, else nothing."""
    return traceparent if is_traced(traceparent) else ""


def add_span(name: str, traceparent: str, start_ns: int, end_ns: int, **counts: int) -> None:
    """A span of something that is over."""
    if is_traced(traceparent):
        _started(name, traceparent, start_ns, counts).end(end_time=end_ns)


class Span:
    """A span of what happens inside `with`, which gets the context of what is caused there."""

    __slots__ = ("_name", "_span", "_traceparent")

    def __init__(self, name: str, traceparent: str):
        self._name, self._traceparent = name, traceparent
        self._span: Any = None

    def __enter__(self) -> str:
        if not is_traced(self._traceparent):
            return self._traceparent
        self._span = _started(self._name, self._traceparent, time.time_ns(), {})
        context = self._span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._span is not None:
            if kind is not None:
                self._span.set_attribute("error.type", kind.__name__)
            self._span.end()


def _started(name: str, traceparent: str, start_ns: int, counts: dict[str, int]) -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
    return _tracer.start_span(name, context=context, start_time=start_ns, attributes=counts)
