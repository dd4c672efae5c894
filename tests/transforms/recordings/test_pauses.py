from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from transforms.recordings import Run
from transforms.recordings.pauses import Pause, notices_of, runs_between, time_of

lengths = st.one_of(st.none(), st.integers(0, 50).map(lambda n: Fraction(n, 10)))
lists = st.lists(
    st.builds(Pause, st.integers(-5, 120).map(lambda n: Fraction(n, 10)), lengths), max_size=6
)


@given(pauses=lists, n_stored=st.integers(1, 100))
def test_each_stored_sample_is_in_one_run_in_order(pauses, n_stored):
    runs = runs_between(pauses, n_stored, Fraction(10))
    rows = [run.file_sample + i for run in runs for i in range(run.n_samples)]
    assert rows == list(range(n_stored))
    ends = [run.first_sample + run.n_samples for run in runs]
    assert runs[0].first_sample == 0
    assert all(run.first_sample > end for run, end in zip(runs[1:], ends, strict=False))


@given(pauses=lists, n_stored=st.integers(1, 100))
def test_times_agree_with_the_runs(pauses, n_stored):
    """Where pauses are whole samples, as here, and none is shorter than one."""
    pauses = [pause for pause in pauses if pause.length_s != 0]
    for run in runs_between(pauses, n_stored, Fraction(10)):
        for i in (0, run.n_samples - 1):
            stored_s = Fraction(run.file_sample + i, 10)
            assert time_of(stored_s, pauses) == Fraction(run.first_sample + i, 10)


def test_an_unknown_pause_is_a_second_and_told():
    pauses = [Pause(Fraction(2), None), Pause(Fraction(3), Fraction(5))]
    assert runs_between(pauses, 1000, Fraction(100)) == (
        Run(0, 0, 200),
        Run(300, 200, 100),
        Run(900, 300, 700),
    )
    (notice,) = notices_of(pauses)
    assert notice.detail.startswith("1 pauses, the first after 2 s")
    assert notices_of(pauses[1:]) == []
