from __future__ import annotations

import dataclasses
import pickle
import uuid

import pytest

from local.bigtable import create_table
from schemas.errors import SchemaError
from schemas.keyset_rows import KEYSETS
from security.key_names import TenantKeyNames
from security.vault import Vault, VaultSettings
from tests.security.vaults import CELL, NAMES, PROJECT, QUICK, QUICK_STORE, SUBJECT, TENANT


@pytest.fixture
def settings(kms, bigtable):
    instance = f"i-{uuid.uuid4().hex[:8]}"
    create_table(KEYSETS, project=PROJECT, instance=instance)
    return VaultSettings(
        NAMES,
        PROJECT,
        instance,
        kms_loopback_address=kms.address,
        kms=QUICK,
        store=QUICK_STORE,
    )


def test_a_vault_built_from_pickled_settings_seals_and_another_opens(settings):
    with Vault(pickle.loads(pickle.dumps(settings))) as door, Vault(settings) as reader:
        sealed = door.sealer.seal(b"packet", CELL)
        assert reader.opener.open(sealed, CELL) == b"packet"
        name = door.pseudonyms.of(TENANT, "audit", SUBJECT)
        assert name == reader.pseudonyms.of(TENANT, "audit", SUBJECT)
        door.columns.create(TENANT, "notes")
        note = door.columns.encrypt(TENANT, "notes", b"note", b"")
        assert reader.columns.decrypt(TENANT, "notes", note, b"") == b"note"


def test_each_use_has_a_kms_key_of_its_own():
    names = {NAMES.subjects(TENANT), NAMES.columns(TENANT), NAMES.pseudonyms(TENANT)}
    assert len(names) == 3
    assert all(f"/cryptoKeys/{TENANT}-" in name for name in names)


@pytest.mark.parametrize("wrong", [{"project": ""}, {"key_ring": "a/b"}, {"location": ""}])
def test_names_that_would_point_elsewhere_are_refused(wrong):
    with pytest.raises(SchemaError):
        dataclasses.replace(NAMES, **wrong)
    with pytest.raises(SchemaError, match="tenant"):
        TenantKeyNames("p", "europe-west3").subjects("../other")
