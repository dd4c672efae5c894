"""One engine, every speed, the same numbers: blocks of samples in, finished 50 ms windows out."""

from transforms.engine.catalogue import BY_NAME, FEATURES
from transforms.engine.engine import SignalEngine
from transforms.engine.errors import (
    EngineError,
    JumpError,
    SamplesError,
    SnapshotError,
    SpecError,
)
from transforms.engine.flags import Flag
from transforms.engine.measures import WINDOW_NS, Feature
from transforms.engine.profiles import PROFILES, Profile, profile_for
from transforms.engine.spec import StreamSpec
from transforms.engine.warm_up import warm_up
from transforms.engine.windows import WindowBatch

__all__ = [
    "BY_NAME",
    "FEATURES",
    "PROFILES",
    "WINDOW_NS",
    "EngineError",
    "Feature",
    "Flag",
    "JumpError",
    "Profile",
    "SamplesError",
    "SignalEngine",
    "SnapshotError",
    "SpecError",
    "StreamSpec",
    "WindowBatch",
    "profile_for",
    "warm_up",
]
