"""Our side against BigQuery's, as its documentation of the AEAD functions describes it.

BigQuery's side is written here from the documentation, with `cryptography` instead of Tink: a
wrapped keyset is the Cloud KMS ciphertext of a serialised google.crypto.tink.Keyset; a ciphertext
is 1, the key's id in four bytes, a nonce of 12 bytes, AES-GCM and its tag; of the deterministic
function it is 1, the key's id, and AES-SIV.
"""

from __future__ import annotations

import re
import secrets

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tink.proto import aes_gcm_pb2, aes_siv_pb2, tink_pb2

from schemas.errors import SchemaError
from schemas.keyset_rows import tenant_keyset
from security.errors import KeysetMissingError, OpenRefusedError
from security.key_names import TenantKeyNames
from security.keyset_store import StoredKeyset
from security.tink_keysets import KeyKind
from tests.security.vaults import NAMES, OTHER_TENANT, TENANT

GCM_URL = "type.googleapis.com/google.crypto.tink.AesGcmKey"
SIV_URL = "type.googleapis.com/google.crypto.tink.AesSivKey"
NOTE = "Anfall um 14 Uhr, Ärztin informiert".encode()
shared_worker = settings(
    max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class BigQuery:
    """KEYS.KEYSET_CHAIN with AEAD.ENCRYPT, AEAD.DECRYPT_BYTES and their deterministic kin."""

    def __init__(self, kms, key_name, wrapped):
        answer = kms.client().decrypt(name=key_name, ciphertext=wrapped)
        self.keyset = tink_pb2.Keyset.FromString(answer.plaintext)

    def encrypt(self, plaintext, associated_data):
        nonce = secrets.token_bytes(12)
        key_id = self.keyset.primary_key_id
        sealed = AESGCM(self.key(key_id)).encrypt(nonce, plaintext, associated_data)
        return b"\x01" + key_id.to_bytes(4, "big") + nonce + sealed

    def decrypt(self, ciphertext, associated_data):
        mark, key_id, nonce = ciphertext[:1], ciphertext[1:5], ciphertext[5:17]
        assert mark == b"\x01"
        key = self.key(int.from_bytes(key_id, "big"))
        return AESGCM(key).decrypt(nonce, ciphertext[17:], associated_data)

    def deterministic_encrypt(self, plaintext, associated_data):
        key_id = self.keyset.primary_key_id
        (key,) = self.keyset.key
        material = aes_siv_pb2.AesSivKey.FromString(key.key_data.value).key_value
        sealed = AESSIV(material).encrypt(plaintext, [associated_data])
        return b"\x01" + key_id.to_bytes(4, "big") + sealed

    def key(self, key_id):
        (key,) = (key for key in self.keyset.key if key.key_id == key_id)
        assert key.key_data.type_url == GCM_URL
        assert key.output_prefix_type == tink_pb2.TINK
        return aes_gcm_pb2.AesGcmKey.FromString(key.key_data.value).key_value


def keyset_by_hand(*keys, primary, url=GCM_URL, prefix=tink_pb2.TINK):
    keyset = tink_pb2.Keyset(primary_key_id=primary)
    for key_id, material in keys:
        key = keyset.key.add(key_id=key_id, status=tink_pb2.ENABLED, output_prefix_type=prefix)
        key.key_data.type_url = url
        key.key_data.value = aes_gcm_pb2.AesGcmKey(key_value=material).SerializeToString()
        key.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    return keyset.SerializeToString()


def keep(worker, kms, serialized, name="notes"):
    """A keyset that BigQuery made (KEYS.NEW_WRAPPED_KEYSET), kept where ours are."""
    answer = kms.client().encrypt(name=NAMES.columns(TENANT), plaintext=serialized)
    stored = StoredKeyset(answer.ciphertext, 1, answer.name)
    assert worker.store.create(tenant_keyset(TENANT, f"aead_{name}"), stored)
    return answer.ciphertext


@shared_worker
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_bigquery_decrypts_what_we_encrypt(worker, kms, plaintext, associated_data):
    columns = worker.columns()
    wrapped = columns.create(TENANT, "notes")
    ciphertext = columns.encrypt(TENANT, "notes", plaintext, associated_data)
    bigquery = BigQuery(kms, NAMES.columns(TENANT), wrapped)
    assert bigquery.decrypt(ciphertext, associated_data) == plaintext


@shared_worker
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_we_decrypt_what_bigquery_encrypts(worker, kms, plaintext, associated_data):
    columns = worker.columns()
    bigquery = BigQuery(kms, NAMES.columns(TENANT), columns.create(TENANT, "notes"))
    ciphertext = bigquery.encrypt(plaintext, associated_data)
    assert columns.decrypt(TENANT, "notes", ciphertext, associated_data) == plaintext


def test_a_keyset_made_and_rotated_in_sql_works_here(worker, kms):
    serialized = keyset_by_hand((7, bytes(32)), (2**31 + 5, bytes([1] * 32)), primary=2**31 + 5)
    wrapped = keep(worker, kms, serialized)
    bigquery, columns = BigQuery(kms, NAMES.columns(TENANT), wrapped), worker.columns()
    ours = columns.encrypt(TENANT, "notes", NOTE, b"session")
    assert ours[1:5] == (2**31 + 5).to_bytes(4, "big")
    assert bigquery.decrypt(ours, b"session") == NOTE
    bigquery.keyset.primary_key_id = 7  # what the older key sealed
    assert columns.decrypt(TENANT, "notes", bigquery.encrypt(NOTE, b"s"), b"s") == NOTE


@pytest.mark.parametrize(
    "serialized",
    [
        keyset_by_hand((7, bytes(16)), primary=7),  # AES-128
        keyset_by_hand((7, bytes(32)), primary=7, prefix=tink_pb2.RAW),
        keyset_by_hand((7, bytes(32)), primary=7, url=SIV_URL),
        keyset_by_hand((7, bytes(32)), primary=8),
        keyset_by_hand(primary=7),
        b"",
        b"no keyset",
    ],
    ids=["weak", "unprefixed", "another kind", "no primary", "no key", "empty", "noise"],
)
def test_a_keyset_that_is_not_of_our_kind_is_refused(worker, kms, serialized):
    keep(worker, kms, serialized)
    with pytest.raises(OpenRefusedError) as refused:
        worker.columns().encrypt(TENANT, "notes", NOTE, b"")
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_deterministic_columns_are_those_of_bigquery(worker, kms):
    columns = worker.columns(KeyKind.DETERMINISTIC)
    bigquery = BigQuery(kms, NAMES.columns(TENANT), columns.create(TENANT, "sites"))
    ours = columns.encrypt(TENANT, "sites", b"site 3", b"study")
    assert ours == bigquery.deterministic_encrypt(b"site 3", b"study")
    assert columns.decrypt(TENANT, "sites", ours, b"study") == b"site 3"
    with pytest.raises(OpenRefusedError):
        columns.decrypt(TENANT, "sites", ours, b"another study")


def test_the_expression_for_sql_holds_the_wrapped_keyset_and_its_key(worker):
    columns = worker.columns()
    wrapped = columns.create(TENANT, "notes")
    found = re.fullmatch(
        r"KEYS\.KEYSET_CHAIN\('gcp-kms://(projects/[^']+)', b'((?:\\x[0-9a-f]{2})+)'\)",
        columns.keyset_chain(TENANT, "notes"),
    )
    assert found is not None
    assert found[1] == NAMES.columns(TENANT)
    assert bytes.fromhex(found[2].replace("\\x", "")) == wrapped


def test_every_tenant_name_and_associated_data_is_its_own(worker):
    columns = worker.columns()
    for tenant, name in ((TENANT, "notes"), (TENANT, "other"), (OTHER_TENANT, "notes")):
        columns.create(tenant, name)
    ciphertext = columns.encrypt(TENANT, "notes", NOTE, b"session 1")
    for tenant, name, associated_data in (
        (TENANT, "notes", b"session 2"),
        (TENANT, "other", b"session 1"),
        (OTHER_TENANT, "notes", b"session 1"),
    ):
        with pytest.raises(OpenRefusedError):
            columns.decrypt(tenant, name, ciphertext, associated_data)


def test_a_tenants_keyset_in_the_row_of_another_is_refused(worker):
    columns = worker.columns()
    for tenant in (TENANT, OTHER_TENANT):
        columns.create(tenant, "notes")
    mine, theirs = (tenant_keyset(tenant, "aead_notes") for tenant in (TENANT, OTHER_TENANT))
    worker.store.replace(mine, worker.store.read(mine), worker.store.read(theirs))
    with pytest.raises(OpenRefusedError):
        worker.columns().encrypt(TENANT, "notes", NOTE, b"")


def test_a_column_keyset_is_made_by_create_only_and_once(deployment):
    one, two = deployment.worker().columns(), deployment.worker().columns()
    with pytest.raises(KeysetMissingError):
        one.encrypt(TENANT, "notes", NOTE, b"")
    with pytest.raises(KeysetMissingError):
        one.keyset_chain(TENANT, "notes")
    assert one.create(TENANT, "notes") == two.create(TENANT, "notes")


def test_keys_in_location_global_are_refused():
    with pytest.raises(SchemaError, match="refuse keys in `global`"):
        TenantKeyNames(project="clinic-project", location="global")


@pytest.mark.parametrize("name", ["", "Notes", "a.b", "a#b", "x" * 50])
def test_a_name_that_would_not_fit_in_a_row_key_is_refused(worker, name):
    with pytest.raises(SchemaError):
        worker.columns().create(TENANT, name)
