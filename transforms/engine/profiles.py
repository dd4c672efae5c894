"""What differs between kinds of signal: filters, features, and thresholds with their reasons."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json

from transforms.engine.catalogue import FEATURES
from transforms.engine.kind_features import (
    BurstSettings,
    HeartbeatSettings,
    MotionSettings,
    SpikeSettings,
    Tracking,
)


@dataclasses.dataclass(frozen=True)
class Filters:
    """Causal second-order sections of the paths. None: the stage is left out.

    A stage whose frequency is at or above 0.45 of the rate is left out too.
    """

    high_pass_hz: float | None = 0.5  # removes electrode offset and most drift, keeps delta
    high_pass_order: int = 2  # more would ring after a pop
    notch_q: float | None = 30.0  # 1.7 Hz wide at 50 Hz: mains wander by 0.2 Hz; beta survives
    notch_up_to_hz: float = 250.0  # harmonics above are below the amplifier's noise
    muscle_hz: float | None = 30.0  # scalp muscle starts at 20 Hz and dominates above 30
    muscle_order: int = 4  # alpha at 10 Hz is attenuated 81-fold
    muscle_up_to_hz: float = 200.0  # above is the amplifier's noise
    muscle_up_to_rate: float = 0.4  # or this part of the rate: harmonics that nothing notches


@dataclasses.dataclass(frozen=True)
class Adaptive:
    """A threshold that follows the channel: `factor` times the median of its clean windows.

    Attributes:
      default: until 100 clean windows are known.
      factor: the threshold is this many medians ...
      floor: ... but never below this: a very quiet channel is not an artifact.
    """

    default: float
    factor: float
    floor: float


@dataclasses.dataclass(frozen=True)
class Thresholds:
    """When a window is flagged. Amplitudes are in the unit of the samples."""

    # Amplifier noise alone moves a connected input by more than this within 200 ms.
    flat_peak_to_peak: float = 0.5
    flat_s: float = 0.2  # shorter stillness happens by chance at 1 uV resolution
    # Largest |main| of the window.
    amplitude: Adaptive = Adaptive(default=200.0, factor=8.0, floor=75.0)
    # Largest step of wide from one sample to the next.
    step: Adaptive = Adaptive(default=60.0, factor=6.0, floor=40.0)
    step_largest: float = 5000.0  # what steps further is a lead that comes off, not a pop
    # A pop is one step that stays: half of the energy of 250 ms of steps, and half of it is left
    # when the level before is compared with the level after.
    step_share: float = 0.5
    # Root mean square of the high path, less mains, over 250 ms.
    muscle: Adaptive = Adaptive(default=15.0, factor=2.5, floor=3.0)
    # White noise keeps all of its energy when mains are cancelled, a sinusoid at their frequency
    # none: with less than this left, mains have just come or gone.
    muscle_share: float = 0.3
    # Slow deflection (100 ms means of main) within 250 ms.
    blink: Adaptive = Adaptive(default=80.0, factor=4.0, floor=50.0)
    line_ratio: float = 0.5  # more mains than everything else together, over 1 s
    line_left: float = 0.7  # and now: what the notch leaves of the window's variance, at most
    # Change of the 1 s mean of raw against the second before.
    drift: Adaptive = Adaptive(default=80.0, factor=6.0, floor=80.0)


@dataclasses.dataclass(frozen=True)
class Profile:
    """Everything that is fixed for a kind of signal; a change of it is a new parameter version."""

    signal: str
    unit: str
    features: tuple[str, ...]
    filters: Filters = Filters()
    thresholds: Thresholds = Thresholds()
    tracking: Tracking | None = None
    version: int = 1

    @functools.cached_property
    def parameter_version(self) -> str:
        """Name, version and digest of all parameters; stands on every row."""
        fields = dataclasses.asdict(self)
        if self.tracking is None:
            del fields["tracking"]  # as if there were no such thing
        else:
            del fields["tracking"]["measures"]  # they follow from the features
        parameters = json.dumps(fields, sort_keys=True)
        catalogue = json.dumps([f.description for f in FEATURES if f.name in self.features])
        digest = hashlib.sha256((parameters + catalogue).encode()).hexdigest()
        return f"{self.signal}-{self.version}-{digest[:8]}"


_TIME = ("rms", "log_variance", "line_length", "hjorth_mobility", "hjorth_complexity")
_BANDS = tuple(f.name for f in FEATURES if f.name.endswith("_power"))
_SPECTRUM = ("spectral_entropy", "spectral_edge_95", "peak_alpha_hz")
_NEURAL = (*_BANDS, *_TIME, *_SPECTRUM, "line_noise_ratio", "muscle_ratio")

NEVER = Adaptive(default=1e12, factor=1.0, floor=1e12)
"""For what a kind of signal cannot show."""

# What scalp muscle is to EEG, high gamma is to electrodes on and in the brain: the signal. Their
# amplitudes are larger, and so are their steps.
_INTRACRANIAL = Thresholds(
    amplitude=Adaptive(default=1000.0, factor=8.0, floor=300.0),
    step=Adaptive(default=300.0, factor=8.0, floor=100.0),
    muscle=NEVER,
    drift=Adaptive(default=400.0, factor=6.0, floor=400.0),
)
# Action potentials are steps, up to a millivolt.
_SPIKES = Thresholds(
    amplitude=Adaptive(default=2000.0, factor=20.0, floor=1000.0),
    step=NEVER,
    muscle=NEVER,
    drift=Adaptive(default=400.0, factor=6.0, floor=400.0),
)
# Muscle is the signal: up to 10 mV on the skin, and steep.
_EMG = Thresholds(
    amplitude=Adaptive(default=10_000.0, factor=20.0, floor=5000.0),
    step=NEVER,
    muscle=NEVER,
    drift=Adaptive(default=2000.0, factor=6.0, floor=2000.0),
)
# An R wave is 1 to 3 mV high and rises within 40 ms; breathing moves the baseline.
_ECG = Thresholds(
    amplitude=Adaptive(default=5000.0, factor=20.0, floor=4000.0),
    step=Adaptive(default=2000.0, factor=20.0, floor=1500.0),
    muscle=Adaptive(default=300.0, factor=4.0, floor=100.0),
    drift=Adaptive(default=1000.0, factor=6.0, floor=1000.0),
)
# In g. A sensor at rest may repeat one value for seconds; a walking head shakes by 0.2 g and more.
_ACC = Thresholds(
    flat_peak_to_peak=0.0,
    flat_s=10.0,
    amplitude=Adaptive(default=0.1, factor=8.0, floor=0.05),
    step=NEVER,
    muscle=NEVER,
    drift=NEVER,
)

PROFILES: dict[str, Profile] = {
    "eeg": Profile("eeg", "uV", _NEURAL),
    "ecog": Profile("ecog", "uV", _NEURAL, thresholds=_INTRACRANIAL),
    "lfp": Profile("lfp", "uV", _NEURAL, thresholds=_INTRACRANIAL),
    "spikes": Profile(
        "spikes",
        "uV",
        (*_TIME, "noise_uv", "threshold_crossings", "spike_rate_hz"),
        # Fourth order at 300 Hz, as is often used, answers an action potential with a second trough
        # 60 % as deep, a millisecond later; this one with one 6 to 30 % as deep.
        filters=Filters(high_pass_hz=250.0, high_pass_order=2, muscle_hz=None),
        thresholds=_SPIKES,
        tracking=SpikeSettings(),
    ),
    "emg": Profile(
        "emg",
        "uV",
        (
            *_TIME,
            *("mean_absolute", "median_frequency", "line_noise_ratio"),
            *("emg_active", "emg_onset"),
        ),
        filters=Filters(high_pass_hz=20.0, high_pass_order=4, muscle_hz=None),
        thresholds=_EMG,
        tracking=BurstSettings(),
    ),
    "ecg": Profile(
        "ecg",
        "uV",
        (
            *_TIME,
            "line_noise_ratio",
            *("heart_rate_bpm", "rmssd_ms", "sdnn_ms", "beats", "beat_interval_ms"),
        ),
        thresholds=_ECG,
        tracking=HeartbeatSettings(),
    ),
    "acc": Profile(
        "acc",
        "g",
        (*_TIME, "mean_absolute", "magnitude", "movement", "tilt_deg", "jerk"),
        filters=Filters(notch_up_to_hz=0.0, muscle_hz=None),
        thresholds=_ACC,
        tracking=MotionSettings(),
    ),
}


def profile_for(signal: str) -> Profile:
    """The profile of a signal kind (`spec.signal`, already validated)."""
    return PROFILES[signal]
