"""All contenders, the engine first. Importing this needs requirements-bench.txt."""

from benchmarks.contenders import (
    brainflow_per_channel,
    brainflow_window,
    engine,
    ezmsg_bandpower,
    mne_window,
    scipy_recording,
    textbook,
)

CONTENDERS = (
    engine.CONTENDER,
    textbook.CONTENDER,
    brainflow_window.CONTENDER,
    brainflow_per_channel.CONTENDER,
    mne_window.CONTENDER,
    ezmsg_bandpower.CONTENDER,
    scipy_recording.CONTENDER,
)
