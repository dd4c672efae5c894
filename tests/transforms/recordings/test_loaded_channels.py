from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from transforms.recordings import RecordingSettings, Run
from transforms.recordings.loaded_channels import FoundChannel, choose_channels, loaded_streams
from transforms.recordings.plan import ChannelFact

RATE = Fraction(100)
AUTO = RecordingSettings()


def chosen_of(*found: FoundChannel, settings: RecordingSettings = AUTO):
    return choose_channels(found, settings)


def test_streams_are_of_one_kind_and_rate_in_the_unit_of_the_engine():
    chosen, notices = chosen_of(
        FoundChannel("Cz", "eeg", "mV", RATE, (-1.0, 1.0)),
        FoundChannel("slow", "eeg", "uV", Fraction(50)),
        FoundChannel("hand", "acc", "m/s^2", RATE),
        FoundChannel("Fz", "eeg", "uV", RATE),
    )
    assert notices == []
    streams = loaded_streams(
        chosen,
        columns=lambda places: np.full((5, len(places)), 2.0) + places,
        start_ns=7,
        runs_at=lambda rate_hz: (Run(0, 0, int(rate_hz)),),
    )
    assert [(s.signal, s.sampling_rate, s.channels) for s in streams] == [
        ("eeg", RATE, ("Cz", "Fz")),
        ("eeg", 50, ("slow",)),
        ("acc", RATE, ("hand",)),
    ]
    np.testing.assert_array_equal(streams[0].samples, [[2000.0, 5.0]] * 5)
    np.testing.assert_allclose(streams[2].samples, [[4 / 9.80665]] * 5)
    assert streams[0].adc_range == ((-1000.0, 1000.0), None)
    assert (streams[1].adc_range, streams[1].runs) == (None, (Run(0, 0, 50),))


def test_what_is_left_out_assumed_or_renamed_is_told():
    chosen, notices = chosen_of(
        FoundChannel("A", "eeg", "", RATE),
        FoundChannel("A", "eeg", "uV", RATE),
        FoundChannel("T", "eeg", "degC", RATE),
        FoundChannel("S", None, "uV", RATE),
    )
    assert [one.channel.name for one in chosen] == ["A-0", "A-1"]
    kinds = [notice.kind for notice in notices]
    assert kinds == ["duplicate_labels", "channels_left_out", "unit_missing"]
    assert "T (degC), S (uV)" in notices[1].detail


@pytest.mark.parametrize(("unit", "factor"), [("V", 1e6), ("nV", 1e-3)])
def test_what_the_user_says_of_the_unit_overrules_the_file(unit, factor):
    settings = RecordingSettings(unit=unit)
    (one,), notices = chosen_of(FoundChannel("A", "eeg", "mV", RATE), settings=settings)
    assert (one.channel.factor, notices) == (factor, [])


def test_a_table_beside_the_file_says_kind_and_unit():
    settings = RecordingSettings(channels=(ChannelFact("A", "ecog", "mV"), ChannelFact("B", None)))
    found = [FoundChannel("A", "eeg", "", RATE), FoundChannel("B", "eeg", "uV", RATE)]
    (one,), notices = chosen_of(*found, settings=settings)
    assert (one.channel.signal, one.channel.factor) == ("ecog", 1e3)
    assert [notice.kind for notice in notices] == ["channels_left_out"]
