"""Is a FIF file whole? MNE reads what is left of a truncated one, and says nothing.

A FIF file is a chain of tags: kind, type, size and place of the next (four big-endian 32-bit
integers; 0: it follows at once, -1: this was the last), then the data. Blocks open and close.
"""

from __future__ import annotations

import os
import struct

from transforms.recordings.errors import Reason, RecordingError

_TAG = struct.Struct(">iiii")
_FILE_ID, _BLOCK_START, _BLOCK_END = 100, 104, 105
_LAST = -1


def check_fif_whole(path: str) -> None:
    """Follows the chain of tags to its end, without reading the data.

    Raises:
      RecordingError: the file is no FIF, or ends before its chain does.
    """
    size = os.path.getsize(path)
    place, open_blocks = 0, 0
    with open(path, "rb") as file:
        while place < size:
            file.seek(place)
            header = file.read(_TAG.size)
            if len(header) < _TAG.size:
                raise _truncated(size, place)
            kind, _, data_size, following = _TAG.unpack(header)
            if place == 0 and kind != _FILE_ID:
                raise RecordingError(
                    Reason.UNKNOWN_FORMAT, "the file does not begin with the first tag of a FIF"
                )
            end = place + _TAG.size + data_size
            if data_size < 0 or end > size:
                raise _truncated(size, place)
            open_blocks += (kind == _BLOCK_START) - (kind == _BLOCK_END)
            if following == _LAST:
                return
            if following > 0 and following < end:
                raise RecordingError(
                    Reason.BAD_HEADER, f"the tag at byte {place} points back to {following}"
                )
            place = following if following > 0 else end
    if open_blocks > 0 or place > size:
        raise _truncated(size, size)


def _truncated(size: int, place: int) -> RecordingError:
    return RecordingError(
        Reason.TRUNCATED,
        f"the file has {size} bytes and ends within the tag or block at byte {place}; copy it"
        " again",
    )
