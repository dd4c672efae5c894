from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.ids import ALPHABET
from schemas.keyset_rows import keyset_of_row, subject_keyset, tenant_keyset

tenants = st.text(ALPHABET, min_size=8, max_size=8)
subjects = st.text(ALPHABET, min_size=16, max_size=16)
names = st.text(ALPHABET + "_", min_size=1, max_size=40)
keysets = st.builds(subject_keyset, tenants, subjects) | st.builds(tenant_keyset, tenants, names)


@given(keysets)
def test_a_row_says_whose_keyset_it_holds(keyset):
    assert keyset_of_row(keyset.row_key) == keyset


@given(keysets, keysets)
def test_two_keysets_never_share_a_row(one, two):
    assert (one.row_key == two.row_key) == (one == two)


@given(tenants, subjects, names)
def test_a_tenants_own_keyset_is_never_a_subjects(tenant, subject, name):
    assert subject_keyset(tenant, subject).is_subject
    assert not tenant_keyset(tenant, name).is_subject
    assert subject_keyset(tenant, subject).row_key != tenant_keyset(tenant, name).row_key


@pytest.mark.parametrize("row", [b"clinic01", b"clinic01#", b"clinic01#.", b"#.a", b"clinic01#x"])
def test_another_row_is_refused(row):
    with pytest.raises(SchemaError):
        keyset_of_row(row)
