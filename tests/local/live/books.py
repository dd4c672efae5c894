"""Books of a run that balance, for tests that spoil them."""

from __future__ import annotations

from local.live.account import JobAccount, StreamBalance, StreamKey

KEY = StreamKey("0" * 32, "eeg0", 0)
OTHER = StreamKey("1" * 32, "eeg0", 0)
JOB = JobAccount(
    is_final=True,
    packets_accepted=14,
    packets_duplicate=2,
    packets_late=1,
    packets_refused=0,
    samples_accepted=140,
    samples_computed=110,
    samples_duplicate=20,
    samples_late=10,
    samples_held=0,
    samples_refused=0,
    samples_in_gaps=30,
)
BALANCE = StreamBalance(KEY, told=120, job=JOB, in_windows=110, in_archive=120)
