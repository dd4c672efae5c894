"""Writes a simulated recording, and the truth about it, from the command line.

python -m devices.simulate --output recordings/ --seed 1
python -m devices.simulate --output recordings/ --paradigm ssvep --format bids
python -m devices.simulate --output recordings/ --signal ecg --format packets --loss 0.01
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import sys
from collections.abc import Sequence
from fractions import Fraction

from devices.simulator.bids import write_bids
from devices.simulator.faults import COUNTER_BITS, NO_FAULTS, Faults
from devices.simulator.files import WrittenFiles, write_recording
from devices.simulator.packet_files import write_archive, write_packets
from devices.simulator.packets import transmit
from devices.simulator.paradigms import PARADIGMS
from devices.simulator.presets import ARTIFACTS, SIGNALS, names_of, preset
from devices.simulator.recording import SimulatedRecording
from devices.simulator.settings import SettingsError, SignalSettings
from devices.simulator.simulation import simulate
from devices.simulator.wire import sender_of_seed

FORMATS = ("edf", "bids", "packets", "archive")


def main(argv: Sequence[str] | None = None) -> int:
    """Writes one recording; returns 0, or 2 where the options contradict each other."""
    options = _parser().parse_args(argv)
    try:
        settings = _settings(options)
        recording = simulate(settings)
        written, sent = _write(options, settings, recording)
    except SettingsError as error:
        print(f"simulate: {error}", file=sys.stderr)
        return 2
    print(_summary(settings, recording) + sent)
    print(f"recording: {written.recording}\ntruth:     {written.truth}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devices.simulate",
        description="Write a simulated recording and, as a table beside it, what is in it: "
        "artifacts, trials, heartbeats, spikes. The same options write the same bytes.",
    )
    parser.add_argument("--output", required=True, help="folder to write to; made if absent")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another subject")
    parser.add_argument("--signal", default="eeg", choices=SIGNALS, help="kind of signal")
    parser.add_argument(
        "--paradigm", default="rest", choices=tuple(PARADIGMS), help="what the subject does"
    )
    parser.add_argument(
        "--format",
        default="edf",
        choices=FORMATS,
        help="edf: EDF, or BDF with 24 bits; bids: a dataset; packets: one file of length-delimited"
        " packets in the order of arrival; archive: the packets as the archive keeps them",
    )
    parser.add_argument("--duration-s", type=float, help="for edf whole seconds")
    parser.add_argument("--sampling-rate-hz", type=_rate, help="a number of hertz, or as 257/2")
    parser.add_argument("--channels", type=int, help="how many; of eeg named by 10-20")
    parser.add_argument("--line-hz", type=int, choices=(0, 50, 60), help="mains; 0 for none")
    parser.add_argument("--adc-bits", type=int, choices=(16, 24), help="24 writes BDF")
    parser.add_argument(
        "--artifacts", default="usual", choices=ARTIFACTS, help="of eeg: which kinds there are"
    )
    _add_faults(parser.add_argument_group("packets", "how they are cut, and what happens to them"))
    return parser


def _add_faults(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--packet-ms", type=float, default=50.0, help="length of a packet")
    group.add_argument("--loss", type=float, default=0.0, help="share that never arrives")
    group.add_argument("--loss-burst-packets", type=float, default=1.0, help="mean lost in a row")
    group.add_argument("--duplicate", type=float, default=0.0, help="share that arrives twice")
    group.add_argument("--reorder-ms", type=float, default=0.0, help="each is late by up to this")
    group.add_argument("--jitter-ms", type=float, default=0.0, help="of the device's time stamps")
    group.add_argument("--drift-ppm", type=float, default=0.0, help="of the device's crystal")
    group.add_argument(
        "--counter-bits", type=int, default=0, choices=COUNTER_BITS, help="of the sample counter"
    )
    group.add_argument(
        "--restart-at-s", type=float, action="append", default=[], help="may be given repeatedly"
    )
    group.add_argument("--restart-gap-s", type=float, default=1.0, help="lost in each restart")


def _rate(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of hertz") from None


def _settings(options: argparse.Namespace) -> SignalSettings:
    names = None if options.channels is None else names_of(options.signal, options.channels)
    settings = preset(
        options.signal,
        options.paradigm,
        options.artifacts,
        seed=options.seed,
        duration_s=options.duration_s,
        sampling_rate_hz=options.sampling_rate_hz,
        channels=names,
        adc_bits=options.adc_bits,
        line_hz=options.line_hz or None,
    )
    if options.line_hz == 0:
        settings = dataclasses.replace(settings, line_hz=None)
    return settings


def _write(
    options: argparse.Namespace, settings: SignalSettings, recording: SimulatedRecording
) -> tuple[WrittenFiles, str]:
    """The files, and what to say about their way."""
    faults = _faults(options)
    if options.format in ("edf", "bids"):
        if faults != NO_FAULTS:
            expected = "packets or archive, where there are faults"
            raise SettingsError("format", options.format, expected)
        if options.format == "bids":
            return write_bids(recording, options.output, settings.seed, options.paradigm), ""
        return write_recording(recording, options.output, _name(options)), ""
    sent = transmit(recording, settings.seed, options.packet_ms, faults)
    sender = sender_of_seed(settings.seed)
    write = write_archive if options.format == "archive" else write_packets
    written = write(recording, sent, sender, options.output, _name(options), faults.counter_bits)
    n_lost = sum(not packet.arrivals_ns for packet in sent.packets)
    counts = f"{len(sent.packets)} packets, {n_lost} lost, {len(sent.duplicates())} duplicated"
    return written, f"; {counts}, {len(sent.restarts())} restarts"


def _faults(options: argparse.Namespace) -> Faults:
    return Faults(
        loss=options.loss,
        loss_burst_packets=options.loss_burst_packets,
        duplicate=options.duplicate,
        reorder_ms=options.reorder_ms,
        jitter_ms=options.jitter_ms,
        drift_ppm=options.drift_ppm,
        counter_bits=options.counter_bits,
        restart_at_s=tuple(options.restart_at_s),
        restart_gap_s=options.restart_gap_s,
    )


def _name(options: argparse.Namespace) -> str:
    """simulated-seed1; kinds other than eeg, and tasks, are named."""
    said = [options.signal] if options.signal != "eeg" else []
    said += [options.paradigm] if options.paradigm != "rest" else []
    return "-".join(("simulated", *said, f"seed{options.seed}"))


def _summary(settings: SignalSettings, recording: SimulatedRecording) -> str:
    counts = collections.Counter(interval.kind for interval in recording.truth)
    counts.update(trial.label for trial in recording.trials)
    contents = [f"{count} {kind}" for kind, count in sorted(counts.items())]
    contents += [f"{len(recording.beats_s)} beats"] if len(recording.beats_s) else []
    contents += [f"{len(recording.spikes)} spikes"] if len(recording.spikes) else []
    kind = "" if recording.signal == "eeg" else f" {recording.signal}"
    return (
        f"{recording.duration_s:g} s, {len(recording.channels)}{kind} channels at"
        f" {recording.sampling_rate_hz:g} Hz, seed {settings.seed}:"
        f" {', '.join(contents) or 'no artifacts'}"
    )


if __name__ == "__main__":
    sys.exit(main())
