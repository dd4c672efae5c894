"""Single windows, sealed, for who acts on them at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from security.context import FeedbackContext
from security.sealing import Sealer
from transforms.engine import WindowBatch
from transforms.epoch_rows import window_content
from transforms.patience import patiently
from transforms.row_identity import RowIdentity


@dataclasses.dataclass(frozen=True)
class Feedback:
    """One window of one stream.

    Attributes:
      sealed: the content of a cell of windows, under `FeedbackContext`.
      attributes: of the message: whose it is, and its place.
      start_ns: of the window.
    """

    sealed: bytes = dataclasses.field(repr=False)
    attributes: Mapping[str, str]
    start_ns: int


def feedback_of(
    identity: RowIdentity, batch: WindowBatch, sealer: Sealer, retry_s: float
) -> Iterator[Feedback]:
    """One message a window: a decoder wants the newest, not the latest few."""
    session, stream, epoch = str(identity.session), str(identity.stream), int(identity.epoch or 0)
    messages = []
    for at, window in enumerate(batch.index.tolist()):
        context = FeedbackContext(identity.tenant, identity.subject, session, stream, epoch, window)
        messages.append((window_content(batch, at, at + 1), context))
    sealed = patiently(lambda: sealer.seal_all(messages), retry_s)
    for content, window, start_ns in zip(
        sealed, batch.index.tolist(), batch.start_ns.tolist(), strict=True
    ):
        attributes = {
            "tenant": identity.tenant,
            "subject": identity.subject,
            "session": session,
            "stream": stream,
            "epoch": str(epoch),
            "window": str(window),
            "event_time_ms": str(start_ns // 1_000_000),
        }
        yield Feedback(content, attributes, start_ns)
