"""What `events.kind` can be, besides the flags of windows; stored, so never renamed."""

from __future__ import annotations

STREAM_KINDS = {
    "gap": "No channel has samples in the interval; the detail counts them. On one channel, with"
    " category artifact, it is the flag of windows in which samples of that channel are absent.",
    "restart": "The stream began a new epoch: its samples are counted from 0 again.",
}
"""Kinds of category `stream`: the signal's own continuity."""

ARRIVAL_KINDS = {
    "duplicates": "Samples came again that were there; the detail counts packets and samples.",
    "jump": "Samples pause for more than an hour: the stream goes on in an epoch of its own.",
    "late": "Packets came after their gap was closed; they are in the archive, and the next"
    " revision takes them in.",
    "packets_lost": "The device's packet numbers leave some out; the detail counts them.",
    "refused": "Packets could not be used; they are in the dead letters.",
    "silence": "Nothing came for so long that the stream's state was released.",
    "wrap": "The device's counter of samples began again at 0; it was counted on.",
}
"""Kinds of category `arrival`: what happened on the way. Only the stream job can know, so a
later revision neither repeats nor replaces them."""

WARNING_KINDS = {
    "absent_channel": "No sample of the channel is a number; its features are NULL.",
    "archive_damaged": "Files or packets of the archive cannot be read; what they held is missing.",
    "bad_channel": "The dataset marks the channel as bad; it is computed like the others.",
    "channels_left_out": "Channels that carry no signal of a known kind: triggers, respiration.",
    "clock_drift": "By its time stamps the stream has another rate than the file names.",
    "clock_jitter": "Time stamps are uneven; the samples were placed on a grid in their order.",
    "constant_channel": "Every sample of the channel is the same; its features are NULL.",
    "device_health": "What the device told of itself: battery, impedance, temperature, firmware.",
    "duplicate_labels": "Channels of the same label were numbered in the order of the file.",
    "empty_stream": "The file names a stream and holds no sample of it.",
    "implausible_unit": "The amplitude cannot be in the unit that the file names; see --unit.",
    "impossible_times": "Annotations at times that no clock can show were left out.",
    "markers_missing": "The file names another with its markers, which is not beside it.",
    "no_trigger": "A trigger channel changes all the time; no markers were taken from it.",
    "packets_left_out": "Archived packets are damaged, or do not fit the first one of their epoch.",
    "reader_warning": "What the reading library warned of, in its own words.",
    "repeated_samples": "The recorder repeated values of a slower stream to fill its rows.",
    "sidecar_disagrees": "A file of the dataset contradicts the recording, which counts.",
    "sidecar_unreadable": "A file that describes the recording, or a row of it, makes no sense.",
    "samples_reordered": "Rows were placed by their sample index: swapped, sent twice, restarted.",
    "unclosed_file": "The recorder did not write how long the file is; whole records were read.",
    "unit_missing": "The file names no unit; microvolt was assumed.",
    "unknown_pause": "Pieces were recorded apart, and how far is not said; 1 s was assumed.",
    "unknown_start": "The file has no valid date; times count from 1970.",
}
"""Kinds of category `warning`: what people should know about the recording or the stream."""
