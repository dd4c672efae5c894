"""Times are nanoseconds since 1970 in 64 bits: 1677 to 2262. What lies outside is damage."""

from __future__ import annotations

import dataclasses

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import Marker, Notice, OpenedRecording
from transforms.recordings.times import sample_ns

_LIMIT_NS = 2**63


def with_possible_times(opened: OpenedRecording) -> OpenedRecording:
    """The recording without markers that cannot be stored.

    Raises:
      RecordingError: samples would lie there.
    """
    for plan in opened.streams:
        last = plan.runs[-1]
        end = last.first_sample + last.n_samples
        end_ns = sample_ns(plan.spec.start_ns, end, plan.spec.sampling_rate)
        if plan.spec.start_ns < -_LIMIT_NS or end_ns >= _LIMIT_NS:
            raise RecordingError(
                Reason.BAD_RECORD_TIMES,
                f"{plan.stream} would begin before 1677 or end after 2262: a date or the length of"
                " a gap in the file is damaged",
            )
    markers = tuple(marker for marker in opened.markers if _is_possible(marker))
    n_left_out = len(opened.markers) - len(markers)
    if not n_left_out:
        return opened
    notice = Notice("impossible_times", f"{n_left_out} annotations lie outside of 1677 to 2262")
    return dataclasses.replace(opened, markers=markers, notices=(*opened.notices, notice))


def _is_possible(marker: Marker) -> bool:
    end_ns = marker.start_ns + marker.duration_ns
    return -_LIMIT_NS <= marker.start_ns < _LIMIT_NS and end_ns < _LIMIT_NS
