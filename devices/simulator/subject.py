"""Who is recorded: the head's geometry and what differs from person to person."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from devices.simulator.montage import positions
from devices.simulator.noise import Stream, random_stream
from devices.simulator.settings import SimulatorSettings

Float64 = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Subject:
    """What all components know about the recording's head and amplifier.

    Attributes:
      places: (n_channels, 3) float64, electrodes on the unit sphere.
      background_uv: root mean square of the background over 0.5 to 45 Hz at a typical electrode.
      aperiodic_exponent: of the background, power falling as 1 / f^exponent.
      alpha_hz: the individual alpha frequency.
      alpha_closed_uv: root mean square of occipital alpha with eyes closed.
      alpha_open_share: of that amplitude, what is left with eyes open.
      blink_uv: the person's median blink at Fp1 and Fp2.
      full_scale_uv: the converter covers plus and minus this.
    """

    places: Float64
    background_uv: float
    aperiodic_exponent: float
    alpha_hz: float
    alpha_closed_uv: float
    alpha_open_share: float
    blink_uv: float
    full_scale_uv: float


def draw_subject(settings: SimulatorSettings) -> Subject:
    """The subject of a seed; the number of channels, the rate and the duration change nothing."""
    rng = random_stream(settings.seed, Stream.SUBJECT)
    return Subject(
        places=positions(settings.channels),
        # With alpha 5 to 20 uV, some ten from peak to peak (Niedermeyer and Lopes da Silva 2005).
        background_uv=float(np.clip(rng.lognormal(np.log(10), 0.2), 6, 16)),
        # Adults at rest 1 to 1.8, spread 0.2 (Donoghue et al. 2020; Voytek et al. 2015).
        aperiodic_exponent=float(np.clip(rng.normal(1.4, 0.2), 1.0, 1.8)),
        # Mean 10 Hz, standard deviation 1 Hz (Klimesch 1999), here kept inside 8 to 13.
        alpha_hz=float(np.clip(rng.normal(10.0, 0.9), 8.6, 12.0)),
        # 20 to 60 uV from peak to peak; opening the eyes blocks half or more (Barry et al. 2007).
        alpha_closed_uv=float(rng.uniform(8, 20)),
        alpha_open_share=float(rng.uniform(0.25, 0.5)),
        # Single blinks then reach 80 to 300 uV at Fp (shape and place: Iwasaki et al. 2005).
        blink_uv=float(rng.uniform(110, 210)),
        full_scale_uv=settings.adc_full_scale_uv,
    )
