from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import pytest

from tests.transforms.made_windows import made_windows
from transforms.engine import BY_NAME, FEATURES, WINDOW_NS, StreamSpec, profile_for
from transforms.row_identity import RowIdentity
from transforms.window_rows import features_1s_part, features_part

WHO = RowIdentity(
    "clinic01", "a" * 16, "0" * 32, "eeg0", 2, revision=3, parameter_version="eeg-1-00000000"
)
FIRST = 34_000_000_000  # a window of the year 2023
# Two whole seconds, a second cut by a gap, a lone window.
INDEX = [FIRST + i for i in [*range(5, 47), *range(55, 60), 99]]


@pytest.fixture(params=["eeg", "emg", "spikes"])
def spec(request):
    return StreamSpec(request.param, 100, ("Fp1", "Cz", "\u00d1"))


def test_features_read_back_are_the_engines(spec):
    batch = made_windows(spec, INDEX)
    rows = features_part(batch, spec, WHO, "name").rows.to_pylist()
    assert len(rows) == len(batch)
    for w, row in enumerate(rows):
        assert row["window"] == batch.index[w]
        assert row["start_ns"] == batch.index[w] * WINDOW_NS
        assert row["n_samples"] == batch.n_samples[w]
        assert [c["channel"] for c in row["channels"]] == list(spec.channels)
        for c, channel in enumerate(row["channels"]):
            assert channel["flags"] == batch.flags[w, c]
            assert channel["quality"] == batch.quality[w, c]
            for f, name in enumerate(batch.feature_names):
                value = batch.features[w, c, f]
                expected = None if math.isnan(value) else value
                assert channel[name] == expected


def test_features_of_other_signal_kinds_are_null(spec):
    rows = features_part(made_windows(spec, INDEX), spec, WHO, "name").rows.to_pylist()
    others = {f.name for f in FEATURES} - set(profile_for(spec.signal).features)
    assert others
    assert all(
        channel[name] is None for row in rows for channel in row["channels"] for name in others
    )


def test_every_row_says_whose_it_is(spec):
    batch = made_windows(spec, INDEX)
    for part in (features_part(batch, spec, WHO, "n"), features_1s_part(batch, spec, WHO, "n")):
        for row in part.rows.to_pylist():
            assert {key: row[key] for key in dataclasses.asdict(WHO)} == dataclasses.asdict(WHO)


def test_the_time_is_the_exact_one_to_the_microsecond(spec):
    row = features_part(made_windows(spec, INDEX), spec, WHO, "n").rows.to_pylist()[0]
    assert row["start_time"].timestamp() * 1_000_000 == row["start_ns"] // 1000


def slow_seconds(batch):
    """Second -> places of its windows."""
    seconds: dict[int, list[int]] = {}
    for place, index in enumerate(batch.index.tolist()):
        seconds.setdefault(index // 20, []).append(place)
    return seconds


def test_seconds_are_rolled_up_as_the_words_say(spec):
    batch = made_windows(spec, INDEX)
    rows = features_1s_part(batch, spec, WHO, "name").rows.to_pylist()
    seconds = slow_seconds(batch)
    assert [row["start_ns"] for row in rows] == [s * 1_000_000_000 for s in seconds]
    for row, places in zip(rows, seconds.values(), strict=True):
        assert row["n_windows"] == len(places)
        assert row["n_samples"] == batch.n_samples[places].sum()
        for c, channel in enumerate(row["channels"]):
            flags = batch.flags[places, c].tolist()
            joined = 0
            for flag in flags:
                joined |= flag
            assert channel["flags"] == joined
            assert channel["n_windows_flagged"] == sum(flag != 0 for flag in flags)
            quality = [float(q) for q in batch.quality[places, c]]
            assert channel["quality_min"] == min(quality)
            assert channel["quality_mean"] == pytest.approx(
                math.fsum(quality) / len(quality), 1e-12
            )
            for f, name in enumerate(batch.feature_names):
                values = [v for v in batch.features[places, c, f].tolist() if not math.isnan(v)]
                if values:
                    mean = math.fsum(values) / len(values)
                    assert channel[name] == pytest.approx(mean, rel=1e-12)
                else:
                    assert channel[name] is None


def test_a_feature_absent_for_a_whole_second_is_null(spec):
    batch = made_windows(spec, range(FIRST, FIRST + 20))
    batch.features[:, 1] = np.nan
    (row,) = features_1s_part(batch, spec, WHO, "name").rows.to_pylist()
    assert all(row["channels"][1][name] is None for name in batch.feature_names)
    assert all(row["channels"][0][name] is not None for name in batch.feature_names)


def test_no_windows_are_no_rows(spec):
    assert features_part(made_windows(spec, []), spec, WHO, "name").rows.num_rows == 0


def test_two_minutes_of_64_channels_become_rows_within_a_second():
    spec = StreamSpec("eeg", 160, [f"E{i}" for i in range(64)])
    batch = made_windows(spec, range(FIRST, FIRST + 2400))
    started = time.process_time()
    features_part(batch, spec, WHO, "name")
    features_1s_part(batch, spec, WHO, "name")
    assert time.process_time() - started < 1.0


def test_the_catalogue_names_every_feature_of_every_profile(spec):
    assert set(profile_for(spec.signal).features) <= set(BY_NAME)
