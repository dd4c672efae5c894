"""The header of a BrainVision recording (.vhdr, .ahdr), checked against the size of the data."""

from __future__ import annotations

import dataclasses
import math
import os
import re
from fractions import Fraction

from transforms.recordings.brainvision.text import (
    Sections,
    fields,
    parse_file,
    read_sections,
)
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import Position

MAX_CHANNELS = 4096
_MICROSECONDS = 1_000_000
_MAX_UINT32 = 2**32 - 1
_NUMPY_TYPES = {"INT_16": "i2", "UINT_16": "u2", "INT_32": "i4", "IEEE_FLOAT_32": "f4"}
_HEAD_RADIUS_M = 0.095  # of the sphere on which radius 1 means "somewhere on the scalp"; as MNE


@dataclasses.dataclass(frozen=True)
class BrainvisionChannel:
    """One channel: what is stored times `resolution` is in `unit`."""

    name: str
    resolution: float
    unit: str
    position: Position | None


@dataclasses.dataclass(frozen=True)
class BrainvisionHeader:
    """What the header says.

    Attributes:
      data_file, marker_file: names, in the header's folder; the second may be empty.
      numpy_type: of a stored number, with its byte order; empty: the data are text.
      n_columns: stored channels: those named, and the counter that a V-Amp puts after them.
      decimal_comma, skip_lines, skip_columns: of text.
      n_samples_said: None where the header does not say.
    """

    data_file: str
    marker_file: str
    sampling_rate_hz: Fraction
    channels: tuple[BrainvisionChannel, ...]
    numpy_type: str
    is_vectorized: bool
    n_columns: int
    n_samples_said: int | None
    decimal_comma: bool = False
    skip_lines: int = 0
    skip_columns: int = 0


def read_brainvision_header(path: str) -> BrainvisionHeader:
    """Reads and checks the header; the data are not looked at.

    Raises:
      RecordingError: it is no such header, or a field makes no sense.
    """
    first_line, sections = read_sections(path, "Header")
    common = sections.get("common infos", {})
    data_type = common.get("datatype", "TIMEDOMAIN").upper()
    if data_type != "TIMEDOMAIN":
        raise _bad("DataType", data_type, "TIMEDOMAIN: spectra are no signal")
    n_channels = _integer(common, "NumberOfChannels", 1, MAX_CHANNELS)
    stem = os.path.splitext(os.path.basename(path))[0]
    numpy_type = _numpy_type(common, sections.get("binary infos", {}))
    orientation = common.get("dataorientation", "MULTIPLEXED").upper()
    if orientation not in ("MULTIPLEXED", "VECTORIZED"):
        raise _bad("DataOrientation", orientation, "MULTIPLEXED or VECTORIZED")
    if not numpy_type and orientation == "VECTORIZED":
        raise _bad(
            "DataOrientation of text", orientation, "MULTIPLEXED: export it so, or as binary"
        )
    text = sections.get("ascii infos", {})
    data_file, marker_file = _file_names(sections, stem)
    return BrainvisionHeader(
        data_file=data_file,
        marker_file=marker_file,
        sampling_rate_hz=_rate(common),
        channels=_channels(sections, n_channels),
        numpy_type=numpy_type,
        is_vectorized=orientation == "VECTORIZED",
        n_columns=n_channels + ("V-Amp" in first_line),
        n_samples_said=(
            _integer(common, "DataPoints", 1, 1 << 48) if "datapoints" in common else None
        ),
        decimal_comma=text.get("decimalsymbol", ".") == ",",
        skip_lines=_integer(text, "SkipLines", 0, 1000, default="0"),
        skip_columns=_integer(text, "SkipColumns", 0, 1000, default="0"),
    )


def count_samples(header: BrainvisionHeader, data_bytes: int) -> int:
    """Samples of a channel in binary data of that size.

    Raises:
      RecordingError: none, or not as many as the header says, or no whole number.
    """
    row_bytes = int(header.numpy_type[-1]) * header.n_columns
    n_samples, rest = divmod(data_bytes, row_bytes)
    if n_samples == 0:
        raise RecordingError(Reason.NO_SAMPLES, f"{header.data_file} holds no sample")
    said = header.n_samples_said
    if said is not None and n_samples < said:
        raise RecordingError(
            Reason.TRUNCATED,
            f"{header.data_file} has {data_bytes} bytes; expected {said * row_bytes}, {said}"
            f" samples of {header.n_columns} channels: copy it again",
        )
    if rest or said not in (None, n_samples):
        raise RecordingError(
            Reason.SIZE_MISMATCH,
            f"{header.data_file} has {data_bytes} bytes; expected"
            f" {'a multiple of ' if said is None else f'{said} times '}{row_bytes}, which"
            f" {header.n_columns} channels take; copy both files again, as binary",
        )
    return n_samples


def named_files(content: bytes, name: str) -> tuple[str, str]:
    """Names of the data and the marker file (empty: none) that a header names.

    Args:
      content: of the header; its first part is enough.
      name: the header's own.

    Raises:
      RecordingError: it is no header, or names no data.
    """
    _, sections = parse_file(content, name, "Header")
    return _file_names(sections, os.path.splitext(name)[0])


def _file_names(sections: Sections, stem: str) -> tuple[str, str]:
    common = sections.get("common infos", {})
    data = _file_name(common.get("datafile", ""), stem, "DataFile")
    return data, _file_name(common.get("markerfile", ""), stem, "")


def _file_name(value: str, stem: str, needed: str) -> str:
    """The file's name; folders of the computer that recorded it do not count."""
    name = re.split(r"[/\\]", value.strip())[-1].replace("$b", stem)
    if needed and name in ("", ".", ".."):
        raise _bad(needed, value, "the name of the file with the samples")
    return "" if name in (".", "..") else name


def _numpy_type(common: dict[str, str], binary: dict[str, str]) -> str:
    data_format = common.get("dataformat", "BINARY").upper()
    if data_format == "ASCII":
        return ""
    if data_format != "BINARY":
        raise _bad("DataFormat", data_format, "BINARY or ASCII")
    number = binary.get("binaryformat", "INT_16").upper()
    if number not in _NUMPY_TYPES:
        raise _bad("BinaryFormat", number, ", ".join(_NUMPY_TYPES))
    is_big = binary.get("usebigendianorder", "NO").upper() == "YES"
    return (">" if is_big else "<") + _NUMPY_TYPES[number]


def _rate(common: dict[str, str]) -> Fraction:
    interval_us = _number("SamplingInterval", common.get("samplinginterval", ""))
    if not 0.01 <= interval_us <= 1e9:
        raise _bad("SamplingInterval", interval_us, "microseconds, 0.01 to 1e9")
    exact = _MICROSECONDS / Fraction(str(interval_us))
    if exact.numerator <= _MAX_UINT32 and exact.denominator <= _MAX_UINT32:
        return exact
    return exact.limit_denominator(10_000)


def _channels(sections: Sections, n_channels: int) -> tuple[BrainvisionChannel, ...]:
    infos, places = sections.get("channel infos", {}), sections.get("coordinates", {})
    channels = []
    for number in range(1, n_channels + 1):
        entry = infos.get(f"ch{number}")
        if entry is None:
            raise _bad(f"entry Ch{number}", None, f"one for each of the {n_channels} channels")
        name, _, resolution, unit, *_ = [*fields(entry), "", "", ""]
        channels.append(
            BrainvisionChannel(
                name=name or f"Ch{number}",
                resolution=_number(f"resolution of Ch{number}", resolution) if resolution else 1.0,
                unit=unit or "\u00b5V",  # the format's default
                position=_position(places.get(f"ch{number}", "")),
            )
        )
    return tuple(channels)


def _position(entry: str) -> Position | None:
    """From radius, theta (from the vertex, negative to the left) and phi; radius 0: unknown."""
    try:
        radius, theta, phi = (float(field) for field in fields(entry)[:3])
    except ValueError:
        return None
    if not (radius > 0 and all(math.isfinite(angle) for angle in (radius, theta, phi))):
        return None
    metres = _HEAD_RADIUS_M if radius == 1 else radius / 1000  # else millimetres
    theta, phi = math.radians(theta), math.radians(phi)
    return (
        metres * math.sin(theta) * math.cos(phi),
        metres * math.sin(theta) * math.sin(phi),
        metres * math.cos(theta),
    )


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number == 0 or not 1e-30 < abs(number) < 1e30 or len(text) > 40:
        raise _bad(name, text[:40], "a number other than 0")
    return number


def _integer(keys: dict[str, str], name: str, low: int, high: int, default: str = "") -> int:
    text = keys.get(name.lower(), default)
    if not (text.isdecimal() and len(text) < 20 and low <= int(text) <= high):
        raise _bad(name, text[:40], f"a whole number, {low} to {high}")
    return int(text)


def _bad(name: str, found: object, expected: str) -> RecordingError:
    return RecordingError(
        Reason.BAD_HEADER, f"{name} is {found!r} in the header; expected {expected}"
    )
