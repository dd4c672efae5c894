"""Reading recorded files: what is in them, and their samples in bounded blocks."""

from transforms.recordings.blocks import Block, read_blocks
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.open import open_recording
from transforms.recordings.plan import (
    Marker,
    Notice,
    OpenedRecording,
    RecordingSettings,
    Run,
    StreamPlan,
)

__all__ = [
    "Block",
    "Marker",
    "Notice",
    "OpenedRecording",
    "Reason",
    "RecordingError",
    "RecordingSettings",
    "Run",
    "StreamPlan",
    "open_recording",
    "read_blocks",
]
