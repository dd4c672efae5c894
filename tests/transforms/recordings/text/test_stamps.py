from __future__ import annotations

import numpy as np
import pytest

from transforms.recordings import Reason, RecordingError
from transforms.recordings.text.stamps import seconds_of_stamps


@pytest.mark.parametrize(
    ("texts", "seconds"),
    [
        (["213542.918", "213542.922"], [213542.918, 213542.922]),
        (["1700000000.5"], [1_700_000_000.5]),
        (["1557936053329"], [1_557_936_053.329]),
        (["1789568420555595"], [1_789_568_420.555595]),
        (["1970-01-02 00:00:01.5"], [86_401.5]),
        (["1970-01-02T00:00:01+01:00"], [82_801.0]),
        (["12:00:53.329", "12:00:53.333"], [43_253.329, 43_253.333]),
        (["59:59.9", "00:00.1"], [3599.9, 3600.1]),
        (["23:59:59.9", "00:00:00.1"], [86_399.9, 86_400.1]),
        (["1.0", "", "3.0"], [1.0, np.nan, 3.0]),
        ([], []),
    ],
)
def test_stamps_are_seconds(texts, seconds):
    np.testing.assert_allclose(seconds_of_stamps(texts), seconds, rtol=1e-15)


def test_what_is_no_time_is_refused():
    with pytest.raises(RecordingError) as refused:
        seconds_of_stamps(["1.0", "noon"])
    assert refused.value.reason is Reason.BAD_RECORD_TIMES
    assert "row 2" in refused.value.message
