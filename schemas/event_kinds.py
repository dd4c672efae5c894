"""What `events.kind` can be, besides the flags of windows; stored, so never renamed."""

from __future__ import annotations

STREAM_KINDS = {
    "gap": "No channel has samples in the interval; the detail counts them. On one channel, with"
    " category artifact, it is the flag of windows in which samples of that channel are absent.",
    "restart": "The stream began a new epoch: its samples are counted from 0 again.",
}
"""Kinds of category `stream`: the signal's own continuity."""

WARNING_KINDS = {
    "absent_channel": "No sample of the channel is a number; its features are NULL.",
    "channels_left_out": "Channels that carry no signal of a known kind: triggers, respiration.",
    "constant_channel": "Every sample of the channel is the same; its features are NULL.",
    "duplicate_labels": "Channels of the same label were numbered in the order of the file.",
    "implausible_unit": "The amplitude cannot be in the unit that the file names; see --unit.",
    "reader_warning": "What the reading library warned of, in its own words.",
    "unclosed_file": "The recorder did not write how long the file is; whole records were read.",
    "unit_missing": "The file names no unit; microvolt was assumed.",
    "unknown_start": "The file has no valid date; times count from 1970.",
}
"""Kinds of category `warning`: what people should know about the recording or the stream."""
