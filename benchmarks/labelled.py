"""Recordings of which is known where their artifacts are, and where none is."""

from __future__ import annotations

import dataclasses
from typing import Any

import mne
import numpy as np
import numpy.typing as npt

from benchmarks.recordings import DATA
from devices.scoring import Span, merge
from devices.simulator import SimulatorSettings, simulate
from transforms.engine import SignalEngine, StreamSpec, WindowBatch
from transforms.engine.spec import AdcRange

Float64 = npt.NDArray[np.float64]

WINDOW_S = 0.05
SETTLING_S = 3.2
"""At the start of every recording: not scored, for anybody."""

CYTON = DATA / "openbci_gui_blinks_jaw_alpha" / "OpenBCI_GUI-v6-blinks-jawClench-alpha.txt"
PHYSIONET = DATA / "physionet_eegmmidb_S001"


@dataclasses.dataclass(frozen=True, eq=False)
class Labelled:
    """Samples and what is true of them.

    Attributes:
      samples_uv: (n_samples, n_channels) float64.
      truth: (start_s, end_s) of the artifacts, by their kind.
      clean: spans without any artifact; what is in neither is not scored.
      frontal: channels on which blinks are looked for.
    """

    name: str
    samples_uv: Float64
    sampling_rate_hz: float
    channels: tuple[str, ...]
    line_hz: int
    truth: dict[str, tuple[Span, ...]]
    clean: tuple[Span, ...]
    frontal: tuple[str, ...]
    adc_range_uv: AdcRange | None = None

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return len(self.samples_uv) / self.sampling_rate_hz

    def raw(self) -> mne.io.RawArray:
        """The recording as MNE holds it: volts, and a montage where the names are known."""
        info = mne.create_info(list(self.channels), self.sampling_rate_hz, "eeg")
        raw = mne.io.RawArray(self.samples_uv.T * 1e-6, info, verbose="error")
        raw.set_montage("standard_1005", match_case=False, on_missing="ignore", verbose="error")
        return raw

    def windows(self) -> WindowBatch:
        """The recording as our engine returns it."""
        spec = StreamSpec(
            "eeg",
            self.sampling_rate_hz,
            self.channels,
            line_hz=self.line_hz,
            adc_range=self.adc_range_uv,
        )
        engine = SignalEngine(spec)
        return WindowBatch.concatenate([engine.push(0, self.samples_uv), engine.finish()])


def simulated(seed: int, duration_s: float, **settings: Any) -> Labelled:
    """A recording of the simulator; clean is what is 250 ms away from every artifact."""
    made = simulate(SimulatorSettings(seed=seed, duration_s=duration_s, **settings))
    truth: dict[str, list[Span]] = {}
    for interval in made.truth:
        if interval.is_artifact:
            truth.setdefault(interval.kind, []).append((interval.start_s, interval.end_s))
    spoilt = merge(((a - 0.25, b + 0.25) for spans in truth.values() for a, b in spans), 0.0)
    edges = [SETTLING_S, *(edge for span in spoilt for edge in span), made.duration_s]
    clean = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    return Labelled(
        name=f"simulated, seed {seed}",
        samples_uv=made.samples_uv,
        sampling_rate_hz=made.sampling_rate_hz,
        channels=made.channels,
        line_hz=made.line_hz or 50,
        truth={kind: tuple(spans) for kind, spans in truth.items()},
        clean=tuple(clean),
        frontal=tuple(name for name in made.channels if name in ("Fp1", "Fp2")),
        adc_range_uv=made.adc_range_uv,
    )


def cyton() -> Labelled:
    """OpenBCI's sample, with what its trace shows by eye in stretches of seconds."""
    table = np.genfromtxt(CYTON, delimiter=",", comments="%", skip_header=5, usecols=range(1, 9))
    return Labelled(
        name="OpenBCI Cyton",
        samples_uv=table,
        sampling_rate_hz=250.0,
        channels=tuple(f"EXG{number}" for number in range(8)),
        line_hz=60,
        truth={"blink": ((4, 8), (14, 20), (76, 82)), "muscle": ((8, 14), (82, 89.9))},
        clean=((26, 76),),
        frontal=("EXG0", "EXG1"),
    )


def physionet(run: str) -> Labelled:
    """A minute of rest: `S001R01` eyes open, with blinks, or `S001R02` eyes closed, without."""
    raw = mne.io.read_raw_edf(PHYSIONET / f"{run}_first60s.edf", verbose="error")
    mne.datasets.eegbci.standardize(raw)
    closed = run == "S001R02"
    return Labelled(
        name=f"PhysioNet, eyes {'closed' if closed else 'open'}",
        samples_uv=raw.get_data().T * 1e6,
        sampling_rate_hz=float(raw.info["sfreq"]),
        channels=tuple(raw.ch_names),
        line_hz=60,
        truth={},
        clean=((SETTLING_S, 60.0),),
        frontal=("Fp1", "Fp2"),
    )
