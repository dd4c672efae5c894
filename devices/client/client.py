"""The device's side of a session: samples in, and nothing that was taken gets lost."""

from __future__ import annotations

import logging
import pathlib
import random
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import requests.adapters

from devices.client.accounts import Account, Observer
from devices.client.background import Worker
from devices.client.calls import Caller
from devices.client.clocks import Clock, ServerTime, SystemClock
from devices.client.credentials import KEY, Credentials
from devices.client.cutting import Absent, Sender
from devices.client.epochs import Epochs
from devices.client.errors import RequestRefusedError, UnreachableError
from devices.client.keys import DeviceKey
from devices.client.recording import Recorder
from devices.client.refused import RefusedPackets
from devices.client.sessions import LeaseKeeper, OpenedSession, SessionFile, Sessions
from devices.client.settings import ClientSettings
from devices.client.store import PacketStore, Waiting
from devices.client.tokens import TokenSource
from devices.client.upload import Uploader
from schemas.capabilities import Requirements
from schemas.codec import Numbers
from schemas.packet_events import EventKind, Reading
from schemas.packet_format import SignalFormat

_LOG = logging.getLogger(__name__)

_REOPEN_S = 5.0


class DeviceClient:
    """A session of an enrolled device; its methods may be called by several threads.

    Made by `open`. Left as a context it sends what waits, and ends the session; what could not be
    sent stays in the folder, and the next client sends it.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        streams: Mapping[str, SignalFormat],
        asked: dict[str, Any],
        settings: ClientSettings,
        clock: Clock,
        observer: Observer | None,
        adapter: requests.adapters.BaseAdapter | None,
    ):
        self._folder, self._streams, self._settings = folder, streams, settings
        self._clock = ServerTime(clock)
        credentials = Credentials.load(folder)
        self.device = credentials.device
        key = DeviceKey.load(folder / KEY)
        tokens = TokenSource(
            key, credentials.device, credentials.audience, self._clock, settings.token_lifetime_s
        )
        timeouts = settings.timeouts
        self._caller = Caller(self._clock, tokens, timeouts)
        self._post_caller = Caller(self._clock, tokens, timeouts, adapter)
        self._sessions = Sessions(
            self._caller, credentials.sessions_url, SessionFile(folder), asked, self._clock
        )
        self.account = Account(observer)
        self._store = PacketStore(folder / "waiting", settings.max_store_bytes)
        self._refused = RefusedPackets(folder / "refused", settings.max_refused_bytes)
        self._uploader = Uploader(
            self._post_caller,
            self._store,
            self.account,
            self._refused,
            settings,
            self._clock,
            random.Random(),
        )
        self._posting = Worker("telemetry-posts", self._uploader.step)
        self._keeping = Worker("session-lease", self._keep)
        self._lock = threading.RLock()
        self._keeper: LeaseKeeper
        self._recorder: Recorder
        self.session: OpenedSession

    @classmethod
    def open(
        cls,
        folder: str | pathlib.Path,
        *,
        subject: str,
        experiment: str,
        streams: Mapping[str, SignalFormat],
        requirements: Requirements | None = None,
        settings: ClientSettings | None = None,
        clock: Clock | None = None,
        observer: Observer | None = None,
        adapter: requests.adapters.BaseAdapter | None = None,
        drain_s: float = 30.0,
    ) -> DeviceClient:
        """Opens a session, or goes on with the one that a crash interrupted.

        Args:
          folder: of the enrolled device; no other process may use it.
          streams: by name, for instance `eeg0`.
          requirements: of the experiment, which the server holds against the device.
          observer: is told what becomes of each packet.
          adapter: of the network on which packets are posted; None for the real one.
          drain_s: how long what waits from another session may take, before that one is ended.

        Raises:
          ClientError: the folder is another process's, or no enrolled device's.
          RequestRefusedError: the server says why there is no session.
          UnreachableError: it did not answer, and there is no session to go on with.
        """
        asked = {
            "subject": subject,
            "experiment": experiment,
            "requirements": (requirements or Requirements()).to_json(),
        }
        settings, clock = settings or ClientSettings(), clock or SystemClock()
        client = cls(pathlib.Path(folder), streams, asked, settings, clock, observer, adapter)
        try:
            client._start(drain_s)
        except BaseException:
            client._release()
            raise
        return client

    def push(
        self,
        stream: str,
        samples: Numbers,
        *,
        absent: Absent | None = None,
        first_sample: int | None = None,
        start_ns: int | None = None,
    ) -> None:
        """Takes samples that were just measured.

        What makes whole packets is on the disk when this returns. When the disk or the store is
        full, packets are dropped: `account` counts them, and an event tells the server.

        Args:
          samples: (n_samples, n_channels) integers, float32 or float64, before scale and offset.
          absent: (n_samples, n_channels) bool: where an integer is none.
          first_sample: place of the first one, by a count of the device's own that never restarts;
            None: follows the last one.
          start_ns: time of the first sample where it begins an epoch; None: by the clock.

        Raises:
          ClientError: no such stream, another shape, or a place that was used already.
        """
        with self._lock:
            self._recorder.push(stream, samples, absent, first_sample, start_ns)
        self._posting.wake()

    def restart(self, stream: str) -> None:
        """The device restarted the stream: what comes then begins a new epoch."""
        with self._lock:
            self._recorder.restart(stream)

    def mark(self, description: str, *, time_ns: int | None = None, duration_ns: int = 0) -> None:
        """Takes a marker of the experiment; without a time it is of now."""
        self._tell(EventKind.MARKER, description, time_ns=time_ns, duration_ns=duration_ns)

    def behaviour(self, description: str, *, time_ns: int | None = None) -> None:
        """Takes something that the subject did."""
        self._tell(EventKind.BEHAVIOUR, description, time_ns=time_ns)

    def health(self, *readings: Reading, description: str = "") -> None:
        """Takes what the device tells of itself: battery, impedances, temperature."""
        self._tell(EventKind.DEVICE_HEALTH, description, readings=readings)

    def waiting(self) -> Waiting:
        """What was taken and is not yet accepted."""
        return self._store.waiting()

    @property
    def last_problem(self) -> str:
        """Why the last post failed; empty where it did not."""
        return self._uploader.last_problem

    def wait_until_sent(self, timeout_s: float) -> bool:
        """Whether everything that was taken got an answer in time."""
        self._uploader.hurry()
        self._posting.wake()
        return self._posting.wait_for(self._store.is_empty, timeout_s)

    def close(self, reason: str = "completed", drain_s: float = 30.0) -> bool:
        """Sends what waits and ends the session.

        Returns:
          False where something still waits: the session stays open, and the next client goes on.
        """
        with self._lock:
            self._recorder.finish()
        is_sent = self.wait_until_sent(drain_s)
        self._stop()
        if is_sent:
            self._sessions.end(self.session, reason)
        self._release()
        return is_sent

    def __enter__(self) -> DeviceClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close("completed" if kind is None else "failed")

    def _tell(self, kind: EventKind, description: str, **more: Any) -> None:
        with self._lock:
            self._recorder.tell(kind, description, **more)
        self._posting.wake()

    def _start(self, drain_s: float) -> None:
        earlier, goes_on = self._sessions.earlier()
        if earlier is not None and goes_on:
            self._use(earlier)
        else:
            if earlier is not None:
                self._finish_earlier(earlier, drain_s)
            self._use(self._sessions.open())
        if not self._posting.is_started:
            self._posting.start()
        self._keeping.start()

    def _finish_earlier(self, earlier: OpenedSession, drain_s: float) -> None:
        """Sends what waits of a session before it is ended: then it takes nothing more."""
        self._uploader.url = earlier.telemetry_url
        self._posting.start()
        if not self._posting.wait_for(self._store.is_empty, drain_s):
            _LOG.warning("packets of an earlier session still wait; it is ended all the same")
        self._sessions.end(earlier, "interrupted")

    def _use(self, session: OpenedSession) -> None:
        with self._lock:
            self.session = session
            self._uploader.url = session.telemetry_url
            self._keeper = self._sessions.keeper(session)
            self._recorder = Recorder(
                Sender(self.device, session.session),
                self._streams,
                Epochs(self._folder / "epochs.json", session.session),
                self._store,
                self.account,
                self._settings,
                self._clock,
            )

    def _keep(self) -> float:
        """Renews the lease; where the session was lost, opens another and goes on recording."""
        wait_s = self._keeper.step()
        if not self._keeper.is_lost:
            return wait_s
        try:
            session = self._sessions.open()
        except (RequestRefusedError, UnreachableError) as error:
            _LOG.warning("the session is lost, and no other could be opened yet: %s", error)
            return _REOPEN_S
        with self._lock:
            self._recorder.finish()
            self._use(session)
        return self._keeper.step()

    def _stop(self) -> None:
        for worker in (self._keeping, self._posting):
            worker.stop()

    def _release(self) -> None:
        self._stop()
        self._store.close()
        self._caller.close()
        self._post_caller.close()
