"""Writes a simulated recording, and the truth about it, from the command line.

python -m devices.simulate --output recordings/ --seed 1
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import sys
from collections.abc import Sequence
from fractions import Fraction

from devices.simulator import SettingsError, SimulatorSettings, channel_names, simulate
from devices.simulator.files import write_recording
from devices.simulator.recording import SimulatedRecording
from devices.simulator.settings import MAX_CHANNELS

# A direct-coupled converter of 24 bits, as in open hardware; and the 16 bits of an EDF as clinical
# amplifiers use them, 0.1 uV a step behind a high-pass filter that takes the offset away.
_CONVERTERS = {
    16: SimulatorSettings(adc_bits=16, adc_full_scale_uv=3276.8, electrode_offset_uv=0.0),
    24: SimulatorSettings(adc_bits=24),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Writes one recording; returns 0, or 2 where the options contradict the format."""
    options = _parser().parse_args(argv)
    try:
        settings = _settings(options)
        recording = simulate(settings)
        written = write_recording(recording, options.output, f"simulated-seed{settings.seed}")
    except SettingsError as error:
        print(f"simulate: {error}", file=sys.stderr)
        return 2
    print(_summary(settings, recording))
    print(f"recording: {written.recording}\ntruth:     {written.truth}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devices.simulate",
        description="Write a simulated EEG recording (EDF, or BDF with 24 bits) and, as a table "
        "beside it, which artifacts are in it. The same options write the same bytes.",
    )
    parser.add_argument("--output", required=True, help="folder to write to; made if absent")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another subject")
    parser.add_argument("--duration-s", type=float, default=120.0, help="whole seconds")
    parser.add_argument(
        "--sampling-rate-hz", type=_rate, default=Fraction(250), help="100 to 30000, or as 257/2"
    )
    parser.add_argument("--channels", type=int, default=8, help="how many, named by 10-20")
    parser.add_argument(
        "--line-hz", type=int, default=50, choices=(0, 50, 60), help="mains; 0 for none"
    )
    parser.add_argument(
        "--adc-bits", type=int, default=16, choices=sorted(_CONVERTERS), help="24 writes BDF"
    )
    return parser


def _rate(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of hertz") from None


def _settings(options: argparse.Namespace) -> SimulatorSettings:
    if not 1 <= options.channels <= MAX_CHANNELS:
        raise SettingsError("channels", options.channels, f"1 to {MAX_CHANNELS}")
    return dataclasses.replace(
        _CONVERTERS[options.adc_bits],
        seed=options.seed,
        duration_s=options.duration_s,
        sampling_rate_hz=options.sampling_rate_hz,
        channels=channel_names(options.channels),
        line_hz=options.line_hz or None,
    )


def _summary(settings: SimulatorSettings, recording: SimulatedRecording) -> str:
    counts = collections.Counter(interval.kind for interval in recording.truth)
    contents = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    return (
        f"{recording.duration_s:g} s, {len(recording.channels)} channels at"
        f" {recording.sampling_rate_hz:g} Hz, seed {settings.seed}: {contents or 'no artifacts'}"
    )


if __name__ == "__main__":
    sys.exit(main())
