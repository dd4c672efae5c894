"""The text file of a Persyst recording (.lay): sections of `name=value`, and comments.

`[FileInfo]` describes the binary file, `[ChannelMap]` its channels (`Fp1-Ref=1`), `[Patient]` holds
the date, `[SampleTimes]` when pieces of it began (`sample=seconds since midnight`), `[Comments]`
`onset,duration,state,type,text` in seconds.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from fractions import Fraction

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.text.numbers import exact_number

MAX_BYTES = 16_000_000  # of text: comments of days
MAX_CHANNELS = 4096
_SAMPLE_TYPES = {"0": "<i2", "7": "<i4"}
_DATE_FORMATS = ("%m/%d/%Y", "%m/%d/%y", "%d-%m-%Y", "%Y.%m.%d", "%d-%b-%Y", "%Y-%m-%d")


@dataclasses.dataclass(frozen=True)
class PersystComment:
    """A note; seconds since the first sample."""

    onset_s: Fraction
    duration_s: Fraction
    text: str


@dataclasses.dataclass(frozen=True)
class PersystLayout:
    """What the text file says.

    Attributes:
      data_file: its name, without a folder.
      sample_type: as numpy names it.
      calibration_uv: microvolt of one step.
      header_bytes: of the binary file, before the samples.
      labels: in the order in which the channels are stored.
      date: of the test, midnight; None where it is not said or not understood.
      time_s: of the test, seconds since midnight.
      pieces: places of samples, and when they were taken, seconds since midnight.
    """

    data_file: str
    rate_hz: Fraction
    sample_type: str
    calibration_uv: float
    header_bytes: int
    labels: tuple[str, ...]
    date: datetime.datetime | None
    time_s: Fraction | None
    pieces: tuple[tuple[int, Fraction], ...]
    comments: tuple[PersystComment, ...]
    n_unreadable: int


def read_persyst_layout(path: str) -> PersystLayout:
    """Reads and checks it.

    Raises:
      RecordingError: no Persyst recording, or a field that makes no sense.
    """
    with open(path, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise RecordingError(
            Reason.BAD_HEADER, f"the text file is larger than {MAX_BYTES} bytes; is it a .lay file?"
        )
    sections = _sections(content)
    if "fileinfo" not in sections:
        raise RecordingError(Reason.UNKNOWN_FORMAT, "there is no section [FileInfo] in the file")
    info = {name.lower(): value for name, value in _pairs(sections["fileinfo"])}
    patient = {name.lower(): value for name, value in _pairs(sections.get("patient", []))}
    comments = [_comment(line) for line in sections.get("comments", [])]
    times = [_piece(*pair) for pair in _pairs(sections.get("sampletimes", []))]
    return PersystLayout(
        data_file=_data_file(info),
        rate_hz=_positive(info, "SamplingRate"),
        sample_type=_sample_type(info),
        calibration_uv=float(_positive(info, "Calibration")),
        header_bytes=_count(info, "HeaderLength", lowest=0, highest=1 << 40, default="0"),
        labels=_labels(info, _pairs(sections.get("channelmap", []))),
        date=_date(patient.get("testdate", "")),
        time_s=_clock_s(patient.get("testtime", "")),
        pieces=tuple(piece for piece in times if piece is not None),
        comments=tuple(comment for comment in comments if comment is not None),
        n_unreadable=comments.count(None) + times.count(None),
    )


def _sections(content: bytes) -> dict[str, list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (line.strip() for line in text.split("\n")):
        if line.startswith("[") and line.endswith("]"):
            lines = sections.setdefault(line[1:-1].strip().lower(), [])
        elif line:
            lines.append(line)
    return sections


def _pairs(lines: Sequence[str]) -> list[tuple[str, str]]:
    split = [line.partition("=") for line in lines]
    return [(name.strip(), value.strip()) for name, sign, value in split if sign]


def _data_file(info: dict[str, str]) -> str:
    # Some writers put their own folder in front; the file is beside this one.
    name = info.get("file", "").replace("\\", "/").rpartition("/")[2]
    if not name or name in (".", "..") or "\x00" in name:
        raise _bad("File", info.get("file", ""), "the name of the .dat file")
    return name


def _sample_type(info: dict[str, str]) -> str:
    if info.get("filetype", "Interleaved").lower() != "interleaved":
        raise _bad("FileType", info["filetype"], "Interleaved")
    code = info.get("datatype", "")
    if code not in _SAMPLE_TYPES:
        raise _bad("DataType", code, "0 (16 bits) or 7 (32 bits)")
    return _SAMPLE_TYPES[code]


def _labels(info: dict[str, str], pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    n_channels = _count(info, "WaveformCount", lowest=1, highest=MAX_CHANNELS)
    by_place = {place: label for label, place in pairs}
    labels = [by_place.get(str(place)) for place in range(1, n_channels + 1)]
    named = [label for label in labels if label]
    if len(named) < n_channels or len(pairs) != n_channels:
        raise RecordingError(
            Reason.BAD_HEADER,
            f"[ChannelMap] has {len(pairs)} entries; expected the places 1 to {n_channels} of"
            " WaveformCount, each once",
        )
    return tuple(named)


def _positive(info: dict[str, str], name: str) -> Fraction:
    value = info.get(name.lower(), "")
    number = exact_number(value)
    if number is None or number <= 0:
        raise _bad(name, value, "a number above 0")
    return number


def _count(info: dict[str, str], name: str, *, lowest: int, highest: int, default: str = "") -> int:
    value = info.get(name.lower(), "") or default
    number = exact_number(value)
    if number is None or number.denominator != 1 or not lowest <= number <= highest:
        raise _bad(name, value, f"a whole number from {lowest} to {highest}")
    return int(number)


def _comment(line: str) -> PersystComment | None:
    fields = line.split(",", 4)  # the text may hold commas
    if len(fields) < 5:
        return None
    onset_s, duration_s = exact_number(fields[0]), exact_number(fields[1])
    if onset_s is None or duration_s is None:
        return None
    return PersystComment(onset_s, max(duration_s, Fraction(0)), fields[4])


def _piece(place: str, seconds: str) -> tuple[int, Fraction] | None:
    sample, time_s = exact_number(place), exact_number(seconds)
    if sample is None or time_s is None or sample.denominator != 1 or sample < 0:
        return None
    return int(sample), time_s


def _date(text: str) -> datetime.datetime | None:
    for layout in _DATE_FORMATS:
        try:
            return datetime.datetime.strptime(text, layout).replace(tzinfo=datetime.UTC)
        except ValueError:
            continue
    return None


def _clock_s(text: str) -> Fraction | None:
    parts = [exact_number(part) for part in text.split(":")]
    known = [part for part in parts if part is not None and 0 <= part < 60]
    if len(parts) != 3 or len(known) != 3:
        return None
    hours, minutes, seconds = known
    return hours * 3600 + minutes * 60 + seconds


def _bad(name: str, found: object, expected: str) -> RecordingError:
    return RecordingError(
        Reason.BAD_HEADER, f"{name} is {found!r} in [FileInfo]; expected {expected}"
    )
