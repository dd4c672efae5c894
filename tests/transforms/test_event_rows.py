from __future__ import annotations

import numpy as np

from transforms.engine import Flag, StreamSpec
from transforms.event_rows import EventRows
from transforms.flag_intervals import FLAGS, Intervals
from transforms.recordings import Notice
from transforms.row_identity import RowIdentity

WHO = RowIdentity("clinic01", "a" * 16, "0" * 32, "eeg0", 0, parameter_version="eeg-1-0")
SPEC = StreamSpec("eeg", 128.5, ("Fp1", "Cz"), start_ns=1_000_000_000)


def array(*values):
    return np.array(values, np.int64)


def test_events_of_all_origins_are_sorted_by_time():
    events = EventRows()
    flags = array(FLAGS.index(Flag.BLINK), FLAGS.index(Flag.POP))
    events.add_intervals(Intervals(flags, array(0, 1), array(60, 30), array(68, 31)), SPEC)
    events.add_gaps([(257, 514)], SPEC)
    events.add_notices([Notice("constant_channel", "every sample is 0", "Cz")], 0, 5)
    part = events.part(WHO, "name")
    assert part is not None
    keys = ("start_ns", "end_ns", "category", "kind", "channel", "detail")
    assert [tuple(row[key] for key in keys) for row in part.rows.to_pylist()] == [
        (0, 5, "warning", "constant_channel", "Cz", "every sample is 0"),
        (1_500_000_000, 1_550_000_000, "artifact", "pop", "Cz", None),
        (3_000_000_000, 3_400_000_000, "artifact", "blink", "Fp1", None),
        (3_000_000_000, 5_000_000_000, "stream", "gap", None, "257 samples"),
    ]


def test_no_events_are_no_part_and_a_part_is_given_once():
    events = EventRows()
    assert events.part(WHO, "name") is None
    events.add_restart(5, "paused")
    part = events.part(WHO, "name")
    assert part is not None
    assert part.rows.to_pylist()[0]["kind"] == "restart"
    assert events.part(WHO, "name") is None
