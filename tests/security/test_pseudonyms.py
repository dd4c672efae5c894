from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import hmac
import re

import pytest
from tink.proto import hmac_prf_pb2, tink_pb2

from schemas.errors import SchemaError
from schemas.keyset_rows import tenant_keyset
from security.context import encode_fields
from security.pseudonyms import PSEUDONYM_WIDTH
from tests.security.vaults import NAMES, OTHER_SUBJECT, OTHER_TENANT, SUBJECT, TENANT

KEYSET = tenant_keyset(TENANT, "pseudonyms")


def test_a_pseudonym_is_the_same_for_every_worker(deployment):
    workers = [deployment.worker().pseudonyms() for _ in range(4)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda one: one.of(TENANT, "audit", SUBJECT), workers))
    assert len(set(made)) == 1
    assert re.fullmatch(f"[a-z2-7]{{{PSEUDONYM_WIDTH}}}", made[0])


def test_another_tenant_purpose_or_person_gets_another(worker):
    pseudonyms = worker.pseudonyms()
    named = [
        (TENANT, "audit", SUBJECT),
        (TENANT, "audit", OTHER_SUBJECT),
        (TENANT, "study", SUBJECT),
        (OTHER_TENANT, "audit", SUBJECT),
        (TENANT, "audi", f"t{SUBJECT}"),
    ]
    assert len({pseudonyms.of(*one) for one in named}) == len(named)


def test_it_is_hmac_sha256_and_nothing_without_the_key(worker, kms):
    pseudonym = worker.pseudonyms().of(TENANT, "audit", SUBJECT)
    stored = worker.store.read(KEYSET)
    bound_to = encode_fields("keyset", TENANT, KEYSET.holder, "prf", 1)
    serialized = worker.key_service.unwrap(NAMES.pseudonyms(TENANT), stored.wrapped, bound_to)
    (key,) = tink_pb2.Keyset.FromString(serialized).key
    material = hmac_prf_pb2.HmacPrfKey.FromString(key.key_data.value).key_value
    message = encode_fields("pseudonym", TENANT, "audit", SUBJECT)
    assert pseudonym == shown(hmac.digest(material, message, "sha256"))
    # Who knows every id and how it is done, but not the key, finds nothing.
    for guess in (hashlib.sha256(message).digest(), hmac.digest(b"", message, "sha256")):
        assert pseudonym != shown(guess)


def shown(digest):
    return base64.b32encode(digest[:16]).decode().rstrip("=").lower()


def test_a_pseudonym_without_a_purpose_is_refused(worker):
    with pytest.raises(SchemaError, match="purpose"):
        worker.pseudonyms().of(TENANT, "", SUBJECT)


def test_the_key_service_is_asked_once(worker, kms):
    pseudonyms = worker.pseudonyms()
    for number in range(100):
        pseudonyms.of(TENANT, "audit", str(number))
    assert kms.calls.count() == 1
