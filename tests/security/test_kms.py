from __future__ import annotations

import grpc
import pytest

from local.kms.faults import Fault
from schemas.errors import SchemaError
from security.errors import (
    KeyAccessDeniedError,
    KeyServiceUnavailableError,
    KeyUnusableError,
    OpenRefusedError,
)
from security.kms import KeyService, KmsSettings, connect
from tests.security.vaults import NAMES, OTHER_TENANT, QUICK, TENANT

KEY = NAMES.subjects(TENANT)


@pytest.fixture
def client(kms):
    made = connect(kms.address)
    yield made
    made.transport.close()


@pytest.fixture
def service(client):
    return KeyService(client, QUICK)


def test_unwrap_undoes_wrap_and_the_version_is_named(service):
    wrapped = service.wrap(KEY, b"keyset", b"owner")
    assert wrapped.version == f"{KEY}/cryptoKeyVersions/1"
    assert service.unwrap(KEY, wrapped.ciphertext, b"owner") == b"keyset"


def test_another_owner_key_or_bit_is_refused(service):
    wrapped = service.wrap(KEY, b"keyset", b"owner").ciphertext
    for key, ciphertext, owner in (
        (KEY, wrapped, b"another"),
        (KEY, wrapped, b""),
        (NAMES.subjects(OTHER_TENANT), wrapped, b"owner"),
        (KEY, wrapped[:-1], b"owner"),
        (KEY, b"", b"owner"),
        (KEY, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"owner"),
    ):
        with pytest.raises(OpenRefusedError) as refused:
            service.unwrap(key, ciphertext, owner)
        assert str(refused.value) == "these bytes do not open here"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(grpc.StatusCode.UNAVAILABLE, calls=2),
        Fault(grpc.StatusCode.ABORTED, calls=2),
        Fault(grpc.StatusCode.DEADLINE_EXCEEDED, calls=2),
        Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, calls=2),
        Fault(corrupts=True, calls=2),
    ],
    ids=["unavailable", "aborted", "late", "quota", "corrupted"],
)
def test_a_short_trouble_is_waited_out(kms, service, fault):
    kms.faults.add(fault)
    wrapped = service.wrap(KEY, b"keyset", b"owner")
    kms.faults.add(fault)
    assert service.unwrap(KEY, wrapped.ciphertext, b"owner") == b"keyset"
    assert (kms.calls.count("Encrypt"), kms.calls.count("Decrypt")) == (3, 3)


@pytest.mark.parametrize(
    "fault", [Fault(grpc.StatusCode.UNAVAILABLE), Fault(corrupts=True)], ids=["away", "corrupted"]
)
def test_a_long_trouble_ends_in_an_error_that_says_what_to_do(kms, service, fault):
    wrapped = service.wrap(KEY, b"keyset", b"owner").ciphertext
    kms.faults.add(fault)
    for call in (
        lambda: service.wrap(KEY, b"keyset", b"owner"),
        lambda: service.unwrap(KEY, wrapped, b"owner"),
    ):
        with pytest.raises(KeyServiceUnavailableError, match="try again later") as error:
            call()
        assert error.value.key_name == KEY
    assert kms.calls.count("Decrypt") > 2


def test_an_attempt_that_hangs_is_ended_and_tried_again(kms, client):
    service = KeyService(client, KmsSettings(0.2, deadline_s=5, first_delay_s=0.01))
    kms.faults.add(Fault(latency_s=0.5, calls=1))
    assert service.wrap(KEY, b"keyset", b"owner").ciphertext
    assert kms.calls.count("Encrypt") == 2


def test_a_missing_right_is_told_at_once(kms, service):
    kms.faults.add(Fault(grpc.StatusCode.PERMISSION_DENIED, name=KEY))
    with pytest.raises(KeyAccessDeniedError, match="grant roles/cloudkms"):
        service.wrap(KEY, b"keyset", b"owner")
    assert kms.calls.count("Encrypt") == 1
    assert service.wrap(NAMES.subjects(OTHER_TENANT), b"keyset", b"owner").ciphertext


def test_a_disabled_version_and_an_absent_key_are_unusable_not_unavailable(kms, service):
    wrapped = service.wrap(KEY, b"keyset", b"owner")
    version = {"name": wrapped.version, "state": "DISABLED"}
    kms.client().update_crypto_key_version(
        crypto_key_version=version, update_mask={"paths": ["state"]}
    )
    for call in (
        lambda: service.unwrap(KEY, wrapped.ciphertext, b"owner"),
        lambda: service.wrap(KEY, b"keyset", b"owner"),
        lambda: service.wrap(f"{KEY}-none", b"keyset", b"owner"),
        lambda: service.wrap(NAMES.columns(TENANT), bytes(2**17), b""),
    ):
        with pytest.raises(KeyUnusableError):
            call()
    assert kms.calls.count("Decrypt") == 1


@pytest.mark.parametrize("address", ["kms.example:443", "10.0.0.7:8090", "127.0.0.1.example:1"])
def test_an_unencrypted_connection_goes_to_this_machine_only(address):
    with pytest.raises(SchemaError, match="loopback_address"):
        connect(address)


def test_settings_that_would_never_end_are_refused():
    with pytest.raises(SchemaError, match="deadline_s"):
        KmsSettings(deadline_s=0)
