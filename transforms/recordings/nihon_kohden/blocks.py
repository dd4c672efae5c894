"""The binary file of a Nihon Kohden recording (.EEG): where its blocks of samples are.

Nihon Kohden publishes no description; the layout is the one that MNE (mne.io.read_raw_nihon) and
EDFbrowser's nk2edf read: a device block, one control block, and in it the places of data blocks.
Each of those has its own start time, rate, length and channels, then samples of 16 bits, channel
by channel, and a word of marks at the end of each row.
"""

from __future__ import annotations

import dataclasses
import datetime
import os
import struct
from fractions import Fraction
from typing import BinaryIO

from transforms.recordings.errors import Reason, RecordingError

VERSIONS = (
    *(b"EEG-1100A V01.00", b"EEG-1100B V01.00", b"EEG-1100C V01.00", b"EEG-1200A V01.00"),
    *(b"EEG-2100  V01.00", b"EEG-2100  V02.00", b"QI-403A   V01.00", b"QI-403A   V02.00"),
    *(b"DAE-2100D V01.30", b"DAE-2100D V02.00"),
)
_HEADER_BYTES = 0x1800
_CONTROL_VERSION, _N_CONTROL, _CONTROL_PLACE = 0x81, 0x91, 0x92
_WAVEFORM_SIGN, _EXTENSION = 0x17FE, 0x3EE
_EXTENDED = b"EEG-1200A"
_BLOCK_BYTES, _CHANNEL_BYTES = 0x27, 10
_LENGTHS_A_SECOND = 10  # lengths are in tenths of a second


@dataclasses.dataclass(frozen=True)
class NihonKohdenBlock:
    """Unbroken samples.

    Attributes:
      start: by the clock of the recorder, to the second, taken for UTC; None where it is no date.
      codes: of the channels, in the order of the columns.
      data_place: byte of the first sample.
    """

    start: datetime.datetime | None
    rate_hz: int
    n_samples: int
    codes: tuple[int, ...]
    data_place: int

    @property
    def row_words(self) -> int:
        """Words of 16 bits in a row: the channels, and the marks."""
        return len(self.codes) + 1


def read_blocks_of(path: str) -> tuple[NihonKohdenBlock, ...]:
    """The blocks in the order of the file; all have the same channels and rate.

    Raises:
      RecordingError: no such recording, one we cannot read, or the file is shorter than it says.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        header = file.read(_HEADER_BYTES)
        _check_versions(header, size)
        if header[_N_CONTROL] != 1:
            raise _bad("number of control blocks", header[_N_CONTROL], "1; export it to EDF")
        (control,) = struct.unpack_from("<I", header, _CONTROL_PLACE)
        n_blocks = _read(file, control + 17, 1, size)[0]
        if n_blocks == 0:
            raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no data block")
        places = [
            struct.unpack("<I", _read(file, control + 18 + 20 * number, 4, size))[0]
            for number in range(n_blocks)
        ]
        blocks = tuple(_block(file, place, size) for place in places)
    if len({(block.codes, block.rate_hz) for block in blocks}) > 1:
        raise RecordingError(
            Reason.BAD_HEADER,
            "the data blocks have different channels or rates; expected one montage a file: export"
            " it to EDF",
        )
    if all(block.n_samples == 0 for block in blocks):
        raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no samples")
    return blocks


def _check_versions(header: bytes, size: int) -> None:
    if not header:
        raise RecordingError(Reason.EMPTY, "the file has no bytes")
    if header[:16] not in VERSIONS:
        raise RecordingError(
            Reason.UNKNOWN_FORMAT,
            "the file does not begin with the name of a Nihon Kohden recorder we know"
            f" ({VERSIONS[0].decode()!r} ...)",
        )
    if len(header) < _HEADER_BYTES:
        raise _truncated(_HEADER_BYTES, size)
    if header[_CONTROL_VERSION : _CONTROL_VERSION + 16] not in VERSIONS:
        raise _bad("recorder of the control block", "unknown", "the same as that of the file")
    if header[_WAVEFORM_SIGN] != 1:
        raise _bad("sign of the waveform block", header[_WAVEFORM_SIGN], "1")
    (extension,) = struct.unpack_from("<I", header, _EXTENSION)
    if header.startswith(_EXTENDED) and 0 < extension < size:
        raise RecordingError(
            Reason.UNKNOWN_FORMAT,
            "a recording of the EEG-1200A with extended blocks, which we do not read: export it to"
            " EDF with Nihon Kohden's software",
        )


def _block(file: BinaryIO, place: int, size: int) -> NihonKohdenBlock:
    head = _read(file, place, _BLOCK_BYTES, size)
    rate_word, length = struct.unpack_from("<HI", head, 0x1A)
    rate_hz, n_channels = rate_word & 0x3FFF, head[0x26]
    if rate_hz == 0 or n_channels == 0:
        raise _bad("rate and channels of a data block", (rate_hz, n_channels), "more than 0")
    channels = _read(file, place + _BLOCK_BYTES, _CHANNEL_BYTES * n_channels, size)
    block = NihonKohdenBlock(
        start=_date(head[0x14:0x1A]),
        rate_hz=rate_hz,
        n_samples=length * rate_hz // _LENGTHS_A_SECOND,
        codes=tuple(channels[::_CHANNEL_BYTES]),
        data_place=place + _BLOCK_BYTES + len(channels),
    )
    end = block.data_place + 2 * block.row_words * block.n_samples
    if end > size:
        raise _truncated(end, size)
    return block


def _date(coded: bytes) -> datetime.datetime | None:
    """Year, month, day, hour, minute, second: two decimal digits in each byte."""
    digits = coded.hex()
    if not digits.isdecimal():
        return None
    year, *rest = (int(digits[i : i + 2]) for i in range(0, 12, 2))
    month, day, hour, minute, second = rest
    try:
        return datetime.datetime(
            year + (1900 if year >= 80 else 2000),
            month,
            day,
            hour,
            minute,
            second,
            tzinfo=datetime.UTC,
        )
    except ValueError:
        return None


def pause_after(block: NihonKohdenBlock, following: NihonKohdenBlock) -> Fraction | None:
    """Seconds between two blocks, to a second; None where their dates do not say."""
    if block.start is None or following.start is None:
        return None
    between_s = Fraction((following.start - block.start) // datetime.timedelta(seconds=1))
    pause_s = between_s - Fraction(block.n_samples, block.rate_hz)
    return max(pause_s, Fraction(0)) if pause_s > -1 else None


def _read(file: BinaryIO, place: int, n_bytes: int, size: int) -> bytes:
    if place + n_bytes > size:
        raise _truncated(place + n_bytes, size)
    file.seek(place)
    return file.read(n_bytes)


def _truncated(expected: int, size: int) -> RecordingError:
    return RecordingError(
        Reason.TRUNCATED, f"the file has {size} bytes; expected {expected}: copy it again"
    )


def _bad(name: str, found: object, expected: str) -> RecordingError:
    return RecordingError(
        Reason.BAD_HEADER, f"{name} is {found!r} in the header; expected {expected}"
    )
