"""What Dataflow needs of every job, read from the pipeline that it would be given."""

from __future__ import annotations

import copy
import json
import re

import pytest
from apache_beam.options.pipeline_options import SetupOptions, StandardOptions
from apache_beam.portability.api import beam_runner_api_pb2

from tests.pipelines.dataflow_steps import (
    FOLDER,
    JOBS,
    RENEW,
    differences,
    snapshot,
    steps_of,
    translated,
)

BY_JOB = pytest.mark.parametrize("job", JOBS)
KEPT_STATE = {"read_modify_write_spec", "bag_spec", "combining_spec"}
NON_MERGING = beam_runner_api_pb2.MergeStatus.NON_MERGING

WHAT_TO_DO = """
steps/{job}.json is what a running {job} job was launched with, and this is no longer it:
{differences}

{remedy}
If the change is meant, renew the file and commit it with the change: {renew}"""
REMEDIES = {
    True: """\
A step that only got another name: update with --transform_name_mapping '{"Old": "New"}' (in
Terraform: `transform_names`), inner steps included. A step with state that is gone, or whose key,
state ids or coders changed, cannot be updated: say in docs/operations.md (Update) that
this version has to be drained into, or keep the old state readable under its name. New steps
without state are free.""",
    False: "No job is updated in place here: check only that the steps are those you meant.",
}


@BY_JOB
def test_state_is_of_kinds_that_dataflow_keeps(job):
    for step in steps_of(translated(job)[1]):
        kinds = {kind for kind, _ in step.states.values()}
        assert kinds <= KEPT_STATE, step.name


@BY_JOB
def test_keys_are_written_the_same_everywhere_and_windows_before_state_do_not_merge(job):
    """A key of two spellings is two keys; state in windows that merge is lost with one of them."""
    keyed = [step for step in steps_of(translated(job)[1]) if step.key is not None]
    assert keyed
    for step in keyed:
        assert step.key is not None
        assert step.windowing is not None
        assert step.key.is_deterministic(), step.name
        if step.states or step.timers:
            assert step.windowing.merge_status == NON_MERGING, step.name


@BY_JOB
def test_every_step_of_ours_has_a_label_that_stays(job):
    """`Map(<lambda at batch.py:73>)` would be renamed by a line that is added above it."""
    for name in (step.name for step in steps_of(translated(job)[1])):
        first, *inner = name.split("/")
        assert re.fullmatch(r"([A-Z][a-z]+){1,4}", first), name
        assert not [label for label in inner if re.search(r"at (?!util|core)\w+\.py", label)], name


@BY_JOB
def test_workers_get_the_package_and_not_the_main_module(job):
    options, proto = translated(job)
    assert options.view_as(SetupOptions).save_main_session is False
    unbounded = beam_runner_api_pb2.IsBounded.UNBOUNDED
    streams = any(p.is_bounded == unbounded for p in proto.components.pcollections.values())
    assert streams is (job == "stream") is bool(options.view_as(StandardOptions).streaming)


@BY_JOB
def test_a_running_job_can_be_updated_to_this_version(job):
    stored = json.loads((FOLDER / f"{job}.json").read_text())
    found = differences(stored, snapshot(job))
    remedy = REMEDIES[job == "stream"]
    assert not found, WHAT_TO_DO.format(job=job, differences=found, remedy=remedy, renew=RENEW)


def test_what_breaks_an_update_is_named():
    stored = json.loads((FOLDER / "stream.json").read_text())
    name = next(name for name, step in stored.items() if "FollowFn" in name and step)
    renamed, recoded = copy.deepcopy(stored), copy.deepcopy(stored)
    renamed["Other"] = renamed.pop(name)
    state = next(iter(recoded[name]["states"]))
    recoded[name]["states"][state][1] = "varint"
    assert f"gone: {name} " in differences(stored, renamed)
    assert "new: Other " in differences(stored, renamed)
    assert f"changed: {name}\n" in differences(stored, recoded)
    assert differences(stored, copy.deepcopy(stored)) == ""
