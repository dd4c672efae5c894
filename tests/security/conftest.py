from __future__ import annotations

import pytest

from local.kms.server import LocalKms
from tests.security.clinics import THIRD_SUBJECT, Clinic, Clock, cell_of
from tests.security.vaults import OTHER_SUBJECT, OTHER_TENANT, SUBJECT, Deployment, make_tenant_keys


@pytest.fixture
def kms(tmp_path):
    with LocalKms(tmp_path / "kms") as running:
        make_tenant_keys(running)
        yield running


@pytest.fixture
def deployment(tmp_path, kms, bigtable):
    made = Deployment(tmp_path, kms)
    yield made
    made.close()


@pytest.fixture
def worker(deployment):
    return deployment.worker()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def clinic(tmp_path, clock, bigtable):
    with LocalKms(tmp_path / "clinic-kms", clock=clock) as kms:
        make_tenant_keys(kms)
        made = Clinic(kms, clock)
        yield made
        made.close()


@pytest.fixture
def sealed(clinic):
    """What workers sealed for three subjects of the tenant and one of another."""
    worker = clinic.worker()
    contexts = [cell_of(subject) for subject in (SUBJECT, OTHER_SUBJECT, THIRD_SUBJECT)]
    contexts.append(cell_of(SUBJECT, OTHER_TENANT))
    return {context: worker.sealer.seal(b"signal", context) for context in contexts}
