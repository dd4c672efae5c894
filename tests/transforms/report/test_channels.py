from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transforms.report.channels import MAX_SHOWN, shown_channels

FRONT, BACK = "Fp1 Fp2 F7 F3 F4 F8 T7 C3", "Cz C4 T8 P3 Pz P4 O1 O2"
TEN_TWENTY = [*FRONT.split(), *BACK.split()]


def test_all_channels_are_drawn_where_there_is_room():
    assert shown_channels(("b", "a", "c")) == (0, 1, 2)


def test_named_electrodes_that_cover_the_head_are_drawn_from_front_to_back():
    names = [f"X{k}" for k in range(20)] + TEN_TWENTY[::-1]
    assert [names[at] for at in shown_channels(tuple(names))] == TEN_TWENTY


def test_electrodes_are_found_as_files_write_them():
    written = [f"EEG {name.upper()}-REF" for name in TEN_TWENTY[:8]]
    written += [f"{name.lower()}." for name in TEN_TWENTY[8:]]
    names = (*written, *(f"X{k}" for k in range(20)))
    assert shown_channels(names) == tuple(range(16))
    assert shown_channels(("EEG T3-LE", *names[:6], *names[7:]))[6] == 0


@given(st.integers(1, 5000))
def test_others_are_drawn_evenly_spaced(n_channels):
    shown = shown_channels(tuple(f"X{k}" for k in range(n_channels)))
    assert len(set(shown)) == len(shown) == min(n_channels, MAX_SHOWN)
    assert shown[0] == 0
    assert shown[-1] == n_channels - 1
