"""One recording, written in each format: the same samples, names, rate, start and markers."""

from __future__ import annotations

import dataclasses
import datetime
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import edfio
import mne
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.packet_events import Event, EventKind
from schemas.packet_format import SignalFormat
from tests.transforms.recordings import made_xdf
from tests.transforms.recordings.made_archive import event_packet, packets_of, write_session
from tests.transforms.recordings.made_brainvision import MadeBrainvision, write_brainvision
from tests.transforms.recordings.made_edf import MadeSignal, write_edf
from tests.transforms.recordings.made_eeglab import made_dataset, write_set_v5, write_set_v73
from tests.transforms.recordings.made_gdf import MadeGdfChannel, write_gdf
from tests.transforms.recordings.made_persyst import write_persyst
from transforms.recordings import RecordingSettings, open_recording, read_blocks

DATE = datetime.datetime(2009, 8, 12, 16, 15, tzinfo=datetime.UTC)  # that of write_edf
START_NS = int(DATE.timestamp()) * 1_000_000_000
DAYS_TO_1970 = 719_529
STEP_UV = 0.1
PHYSICAL, DIGITAL = (-3276.8, 3276.7), (-32768, 32767)
CODE, TEXT = 0x301, "go"


@dataclasses.dataclass(frozen=True)
class Truth:
    """What was recorded: `numbers` (n_samples, n_channels) of 0.1 uV; `marked` samples."""

    rate: int
    numbers: np.ndarray
    marked: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        return ["C3", "Cz", "C4"][: self.numbers.shape[1]]

    @property
    def volts(self) -> np.ndarray:
        return self.numbers.T * (STEP_UV * 1e-6)

    def seconds(self, sample: int) -> str:
        """Exact, as the rates divide a power of ten."""
        return f"{sample / self.rate:.9f}"


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    rate = draw(st.sampled_from((100, 128, 200, 250, 500)))
    n_samples = rate * draw(st.integers(2, 4))
    shape = (n_samples, draw(st.integers(1, 3)))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    numbers = dice.integers(-2000, 2000, shape)
    marked = draw(st.lists(st.integers(0, n_samples - 1), min_size=1, max_size=3, unique=True))
    return Truth(rate, numbers, tuple(sorted(marked)))


def edf(folder: Path, truth: Truth) -> str:
    notes = [f"+{truth.seconds(k)}\x14{TEXT}\x14\x00".encode() for k in truth.marked]
    signals = [
        MadeSignal(name, column, truth.rate, physical=PHYSICAL, digital_range=DIGITAL)
        for name, column in zip(truth.names, truth.numbers.T, strict=True)
    ]
    onsets = [f"+{second}" for second in range(len(truth.numbers) // truth.rate)]
    return str(write_edf(folder / "a.edf", signals, kind="EDF+C", onsets=onsets, notes=notes))


def bdf(folder: Path, truth: Truth) -> str:
    signals = [
        edfio.BdfSignal(
            column * STEP_UV,
            truth.rate,
            label=name,
            physical_dimension="uV",
            physical_range=PHYSICAL,
            digital_range=DIGITAL,
        )
        for name, column in zip(truth.names, truth.numbers.T, strict=True)
    ]
    notes = [edfio.EdfAnnotation(k / truth.rate, None, TEXT) for k in truth.marked]
    recording = edfio.Recording(startdate=DATE.date())
    made = edfio.Bdf(signals, recording=recording, starttime=DATE.time(), annotations=notes)
    made.write(folder / "a.bdf")
    return str(folder / "a.bdf")


def brainvision(folder: Path, truth: Truth, **how: object) -> str:
    made = MadeBrainvision(
        truth.numbers,
        channels=[f"{name},,{STEP_UV},µV" for name in truth.names],
        interval_us=str(1e6 / truth.rate),
        markers=[
            f"New Segment,,1,1,0,{DATE:%Y%m%d%H%M%S}000000",
            *(f"Comment,{TEXT},{k + 1},1,0" for k in truth.marked),
        ],
    )
    return str(write_brainvision(folder, dataclasses.replace(made, **how)))  # type: ignore[arg-type]


def brainvision_vectorized(folder: Path, truth: Truth) -> str:
    return brainvision(folder, truth, vectorized=True)


def brainvision_float(folder: Path, truth: Truth) -> str:
    return brainvision(folder, truth, binary_format="IEEE_FLOAT_32")


def _eeglab(truth: Truth) -> dict[str, object]:
    events = [{"type": TEXT, "latency": k + 1.0, "duration": 0.0} for k in truth.marked]
    start = [float(n) for n in DATE.timetuple()[:6]]
    data = (truth.numbers.T * STEP_UV).astype(np.float32)
    etc = {"T0": np.array(start)}
    return made_dataset(data, truth.names, srate=float(truth.rate), event=events) | {"etc": etc}


def eeglab(folder: Path, truth: Truth) -> str:
    return str(write_set_v5(folder / "a.set", _eeglab(truth)))


def eeglab_hdf5(folder: Path, truth: Truth) -> str:
    dataset = {name: value for name, value in _eeglab(truth).items() if name != "etc"}
    return str(write_set_v73(folder / "a.set", dataset))


def fif(folder: Path, truth: Truth) -> str:
    info = mne.create_info(truth.names, float(truth.rate), "eeg")
    raw = mne.io.RawArray(truth.volts, info, verbose="error").set_meas_date(DATE)
    onsets = [k / truth.rate for k in truth.marked]
    raw.set_annotations(mne.Annotations(onsets, 0.0, TEXT, orig_time=DATE))
    raw.save(folder / "a_raw.fif", fmt="double", verbose="error")
    return str(folder / "a_raw.fif")


def gdf(folder: Path, truth: Truth) -> str:
    channels = [
        MadeGdfChannel(name, column, truth.rate)
        for name, column in zip(truth.names, truth.numbers.T, strict=True)
    ]
    days = DAYS_TO_1970 + Fraction(START_NS, 86_400_000_000_000)
    start = round(days * 2**32).to_bytes(8, "little")
    events = [(k + 1, CODE, 0, 0) for k in truth.marked]
    rate_hz = float(truth.rate)
    path = folder / "a.gdf"
    return str(write_gdf(path, channels, events=events, event_rate_hz=rate_hz, start=start))


def xdf(folder: Path, truth: Truth) -> str:
    stamps = (100 + np.arange(len(truth.numbers)) / truth.rate).tolist()
    parts = [
        made_xdf.numeric_stream(
            1,
            (truth.numbers * STEP_UV).astype(np.float64),
            stamps,
            kind="EEG",
            rate=truth.rate,
            desc=made_xdf.channels_xml(truth.names, unit="microvolts"),
        ),
        made_xdf.stream_header(2, kind="Markers", n_channels=1, rate=0, dtype="string"),
        made_xdf.strings(2, [stamps[k] for k in truth.marked], [TEXT] * len(truth.marked)),
        made_xdf.footer(2),
    ]
    return str(made_xdf.write_xdf(folder / "a.xdf", *parts, datetime=DATE.isoformat()))


def persyst(folder: Path, truth: Truth) -> str:
    path = write_persyst(
        folder,
        truth.numbers.astype(np.int16),
        [f"{name}-Ref" for name in truth.names],
        info={"SamplingRate": str(truth.rate), "Calibration": str(STEP_UV)},
        comments="\n".join(f"{truth.seconds(k)},0,0,0,{TEXT}" for k in truth.marked),
        sample_times="",
        patient=f"TestDate={DATE:%Y.%m.%d}\nTestTime={DATE:%H:%M:%S}\n",
    )
    return str(path)


def archive(folder: Path, truth: Truth) -> str:
    format_ = SignalFormat("eeg", Fraction(truth.rate), tuple(truth.names), scale=(STEP_UV,))
    cuts = (1, len(truth.numbers) // 3)
    packets = packets_of(truth.numbers, format_, cuts=cuts, start_ns=START_NS)
    times = [START_NS + k * 1_000_000_000 // truth.rate for k in truth.marked]
    events = event_packet(*(Event(time_ns, EventKind.MARKER, TEXT) for time_ns in times))
    return write_session(folder, [*packets, events])


@dataclasses.dataclass(frozen=True)
class Keeps:
    """What a format can hold of it, and how far off it may be."""

    write: Callable[[Path, Truth], str]
    within_uv: float = 1e-9  # integers and doubles
    date: bool = True
    start_ns: int = 0
    marker_ns: int = 0
    text: str = TEXT


FLOAT32_UV = 200 * 2.0**-23
FORMATS = [
    Keeps(edf),
    Keeps(bdf, marker_ns=1),  # its writer rounds what it is given as a float
    Keeps(brainvision, text=f"Comment/{TEXT}"),
    Keeps(brainvision_vectorized, text=f"Comment/{TEXT}"),
    Keeps(brainvision_float, text=f"Comment/{TEXT}"),
    Keeps(eeglab, within_uv=FLOAT32_UV),
    Keeps(eeglab_hdf5, within_uv=FLOAT32_UV, date=False),  # the date is another program's addition
    Keeps(fif, marker_ns=1000),  # MNE rounds them to microseconds, and FIF to 32-bit floats
    Keeps(gdf, start_ns=10_100, text="0x0301 cue: left hand"),  # a date in days * 2**-32: 20 us
    Keeps(xdf, marker_ns=30),  # seconds since the computer was started, as a float
    Keeps(persyst),
    Keeps(archive),
]


@pytest.mark.parametrize("keeps", FORMATS, ids=lambda keeps: keeps.write.__name__)
@given(truth=truths())
@settings(max_examples=6, deadline=None, report_multiple_bugs=False)
def test_every_format_gives_the_same_recording(keeps: Keeps, truth: Truth):
    with tempfile.TemporaryDirectory() as folder:
        path = keeps.write(Path(folder), truth)
        opened = open_recording(path, RecordingSettings())
        (plan,) = opened.streams
        samples = np.concatenate([block.samples for block in read_blocks(path, plan)])
    assert (plan.spec.signal, list(plan.spec.channels)) == ("eeg", truth.names)
    assert plan.spec.sampling_rate == truth.rate
    assert plan.spec.start_ns == opened.start_ns
    assert abs(opened.start_ns - (START_NS if keeps.date else 0)) <= keeps.start_ns
    np.testing.assert_allclose(samples, truth.numbers * STEP_UV, rtol=0, atol=keeps.within_uv)
    assert [marker.description for marker in opened.markers] == [keeps.text] * len(truth.marked)
    expected = [opened.start_ns + k * 1_000_000_000 // truth.rate for k in truth.marked]
    errors = [m.start_ns - at for m, at in zip(opened.markers, expected, strict=True)]
    assert max(map(abs, errors)) <= keeps.marker_ns, errors
    assert {marker.duration_ns for marker in opened.markers} == {0}
