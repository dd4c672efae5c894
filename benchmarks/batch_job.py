"""The batch job: speed on one core after start-up, and the peak of its memory."""

from __future__ import annotations

import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.recordings import REAL_RECORDING, write_edf
from benchmarks.subprocesses import peak_memory_mb, run_module

REPETITIONS = 5


def measure_speed() -> dict[str, float | str]:
    """Seconds and multiples of real time on 64 channels at 160 Hz for two minutes."""
    with tempfile.TemporaryDirectory() as folder:
        tiny, recording = Path(folder) / "tiny.edf", REAL_RECORDING
        write_edf(tiny, n_channels=64, sampling_rate_hz=160, seconds=2)
        if not recording.exists():
            recording = Path(folder) / "generated.edf"
            write_edf(recording, n_channels=64, sampling_rate_hz=160, seconds=125)
        return run_module("benchmarks.batch_job", "speed", str(tiny), str(recording), folder)


def measure_memory(hours: float) -> dict[str, float | str]:
    """Peak memory in MB of the job on `hours` of 32 channels at 256 Hz."""
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "day.edf"
        write_edf(recording, n_channels=32, sampling_rate_hz=256, seconds=round(3600 * hours))
        found = run_module("benchmarks.batch_job", "memory", str(recording), folder)
    return {"hours": hours, **found}


def main() -> None:
    """In the new process: runs the job and prints what it took."""
    with contextlib.redirect_stdout(sys.stderr):  # the job's own summary
        found = _speed(*sys.argv[2:]) if sys.argv[1] == "speed" else _memory(*sys.argv[2:])
    json.dump(found, sys.stdout)


def _speed(tiny: str, recording: str, folder: str) -> dict[str, float | str]:
    began = time.perf_counter()
    import pipelines.batch  # part of the start-up

    _run(pipelines.batch.main, tiny, f"{folder}/tiny")
    start_up_s = time.perf_counter() - began
    times, cpu_times = [], []
    for repetition in range(REPETITIONS):
        began, began_cpu = time.perf_counter(), time.process_time()
        _run(pipelines.batch.main, recording, f"{folder}/out{repetition}")
        times.append(time.perf_counter() - began)
        cpu_times.append(time.process_time() - began_cpu)

    import mne  # not before: its import is part of the job's start-up

    header = mne.io.read_raw_edf(recording, preload=False, verbose="error")
    duration_s = header.n_times / header.info["sfreq"]
    return {
        "recording": Path(recording).name,
        "channels": len(header.ch_names),
        "duration_s": duration_s,
        "start_up_s": start_up_s,
        "job_s": statistics.median(times),
        "job_cpu_s": statistics.median(cpu_times),
        "real_time": duration_s / statistics.median(cpu_times),
        "peak_mb": peak_memory_mb(),
    }


def _memory(recording: str, folder: str) -> dict[str, float | str]:
    import pipelines.batch

    began = time.perf_counter()
    _run(pipelines.batch.main, recording, f"{folder}/out")
    written = sum(path.stat().st_size for path in Path(folder, "out").rglob("*") if path.is_file())
    return {
        "seconds": time.perf_counter() - began,
        "peak_mb": peak_memory_mb(),
        "written_mb": written / 1e6,
    }


def _run(job: Callable[[Sequence[str]], int], recording: str, output: str) -> None:
    code = job(["--input", recording, "--output", output])
    if code:
        raise RuntimeError(f"the batch job ended with {code} on {recording}")


if __name__ == "__main__":
    main()
