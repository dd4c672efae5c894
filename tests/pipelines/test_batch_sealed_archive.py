"""The batch job over packets that were sealed at the door: with the keys, and within the fence."""

from __future__ import annotations

import contextlib
import io

from local.kms.server import LocalKms
from pipelines.batch import main
from tests.pipelines.job_runs import Ran
from tests.pipelines.sealed_archives import SECONDS, write_sealed
from tests.sealed_stores import connected, new_store
from tests.security.vaults import NAMES, OTHER_TENANT, make_tenant_keys
from tests.transforms.recordings.made_archive import SESSION, SUBJECT, TENANT

OTHER_SESSION = "f" * 32


def test_a_job_opens_the_archives_of_its_tenant_and_no_others(bigtable, tmp_path):
    archive, output = tmp_path / "archive", tmp_path / "out"
    with LocalKms(tmp_path / "kms") as kms:
        make_tenant_keys(kms)
        address = new_store(kms)
        with connected(address) as store:
            write_sealed(archive, store)
            write_sealed(archive, store, tenant=OTHER_TENANT, session=OTHER_SESSION)
        where = ["--bigtable-project", address.project, "--bigtable-instance", address.instance]
        where += ["--kms-project", NAMES.project, "--kms-location", NAMES.location]
        where += ["--kms-loopback-address", address.vault.kms_loopback_address]
        files = ["--input", str(archive), "--output", str(output), "--no-reports"]
        with contextlib.redirect_stdout(io.StringIO()):
            ran = Ran(main([*files, "--tenant", TENANT, *where]), output, "")
    assert (ran.code, ran.reasons()) == (0, {OTHER_SESSION: "foreign"})
    (session,) = ran.rows("sessions")
    assert (session["session"], session["subject"]) == (SESSION, SUBJECT)
    assert session["n_samples"] == 250 * SECONDS
