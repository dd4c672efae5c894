"""Each job as Dataflow would get it, and what of it a running job is compared with.

`python -m tests.pipelines.dataflow_steps` writes steps/JOB.json anew: after a change that is meant.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apache_beam.coders import Coder
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.pipeline_context import PipelineContext

from pipelines import batch, rewrap, stream
from pipelines.batch_options import parse_batch_options
from pipelines.key_options import custody_of
from pipelines.stream_options import parse_stream_options
from tests.pipelines import test_batch_dataflow, test_stream_dataflow

FOLDER = Path(__file__).parent / "steps"
RENEW = "python -m tests.pipelines.dataflow_steps"
JOBS = ("stream", "batch", "rewrap")

_PARDO = "beam:transform:pardo:v1"
_GROUP = "beam:transform:group_by_key:v1"
_BATCH = [*test_batch_dataflow.OPTIONS, "--bigquery-project=test-project"]
_REWRAP = [
    *("--tenant=clinic01", "--output=gs://bucket/reports"),
    *("--kms-project=test-project", "--kms-location=europe-west3"),
    *("--bigtable-project=test-project", "--bigtable-instance=neural"),
    *("--runner=DataflowRunner", "--project=test-project", "--region=us-central1"),
    *("--job_name=rewrap", "--temp_location=gs://bucket/temp"),
    *("--staging_location=gs://bucket/stage", "--dry_run=True"),
]
_PRIMARY = "projects/p/locations/l/keyRings/r/cryptoKeys/clinic01-subjects"


@dataclasses.dataclass(frozen=True)
class Step:
    """A transform that Dataflow runs.

    Attributes:
      key: the coder of its key, where it has state or groups; else None.
      windowing: of its input, likewise.
      states: by id: kind and coder.
    """

    name: str
    is_group: bool
    key: Coder | None
    windowing: beam_runner_api_pb2.WindowingStrategy | None
    states: dict[str, tuple[str, str]]
    timers: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def stored(self) -> dict[str, Any]:
        """What has to stay, so that a running job can be updated in place."""
        found: dict[str, Any] = {}
        if self.key is not None:
            found["input"] = list(self.inputs)
        if self.states:
            found["states"] = {name: list(kind) for name, kind in sorted(self.states.items())}
        if self.timers:
            found["timers"] = list(self.timers)
        return found


@functools.cache
def translated(job: str) -> tuple[PipelineOptions, beam_runner_api_pb2.Pipeline]:
    """The options as the job set them, and the pipeline that Dataflow would be given."""
    if job == "stream":
        stream_settings, words = parse_stream_options(test_stream_dataflow.OPTIONS)
        options = PipelineOptions(words)
        result: Any = stream.run(stream_settings, options)[-1]
    elif job == "batch":
        batch_settings, words = parse_batch_options(_BATCH)
        options = PipelineOptions(words)
        result = batch.run(batch_settings, options)
    else:
        parser = rewrap.rewrap_parser()
        known, words = parser.parse_known_args(_REWRAP)
        options = PipelineOptions(["--runner", known.runner, *words])
        custody = custody_of(parser, known, None)
        settings = rewrap.RewrapSettings(custody, known.tenant, {_PRIMARY: 2}, known.output)
        result = rewrap.run(settings, options)
    return options, result.job.proto_pipeline


def steps_of(proto: beam_runner_api_pb2.Pipeline) -> Iterator[Step]:
    """The steps that are run: those that hold no others."""
    components = proto.components
    context = PipelineContext(components)
    for transform in components.transforms.values():
        if transform.subtransforms or not transform.spec.urn:
            continue
        payload = beam_runner_api_pb2.ParDoPayload()
        if transform.spec.urn == _PARDO:
            payload = beam_runner_api_pb2.ParDoPayload.FromString(transform.spec.payload)
        is_group = transform.spec.urn == _GROUP
        sides = set(payload.side_inputs)
        sources = [
            components.pcollections[i] for n, i in transform.inputs.items() if n not in sides
        ]
        key, windowing = None, None
        if is_group or payload.state_specs or payload.timer_family_specs:
            (source,) = sources
            key = context.coders.get_by_id(source.coder_id).key_coder()
            windowing = components.windowing_strategies[source.windowing_strategy_id]
        results = [components.pcollections[i] for i in transform.outputs.values()]
        yield Step(
            transform.unique_name,
            is_group,
            key,
            windowing,
            {name: _state(context, spec) for name, spec in payload.state_specs.items()},
            tuple(sorted(payload.timer_family_specs)),
            tuple(sorted(_coder_text(context, one.coder_id) for one in sources)),
            tuple(sorted(_coder_text(context, one.coder_id) for one in results)),
        )


def _state(context: PipelineContext, spec: beam_runner_api_pb2.StateSpec) -> tuple[str, str]:
    kind = str(spec.WhichOneof("spec"))
    inner = getattr(spec, kind)
    for field in ("coder_id", "element_coder_id", "accumulator_coder_id"):
        if hasattr(inner, field):
            return kind, _coder_text(context, getattr(inner, field))
    return kind, ""


def _coder_text(context: PipelineContext, coder_id: str) -> str:
    coder: Any = context.coders.get_proto_from_id(coder_id)
    inner = [_coder_text(context, one) for one in coder.component_coder_ids]
    name = coder.spec.urn.removeprefix("beam:coder:").removesuffix(":v1")
    if name == "pickled_python":
        name = type(context.coders.get_by_id(coder_id)).__name__
    return f"{name}[{', '.join(inner)}]" if inner else name


def snapshot(job: str) -> dict[str, dict[str, Any]]:
    """By step: what a running job holds under its name."""
    found = {step.name: step.stored() for step in steps_of(translated(job)[1])}
    return dict(sorted(found.items()))


def differences(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What a running job would meet; empty where nothing changed."""
    lines = [f"gone: {name} {_held(before[name])}" for name in before.keys() - now.keys()]
    lines += [f"new: {name} {_held(now[name])}" for name in now.keys() - before.keys()]
    lines += [
        f"changed: {name}\n    was {_held(before[name])}\n    is  {_held(now[name])}"
        for name in before.keys() & now.keys()
        if before[name] != now[name]
    ]
    return "\n".join(f"  {line}" for line in sorted(lines))


def _held(step: dict[str, Any]) -> str:
    return json.dumps(step) if step else "(without state)"


def main() -> int:
    """Writes the files of all jobs."""
    FOLDER.mkdir(exist_ok=True)
    for job in JOBS:
        path = FOLDER / f"{job}.json"
        path.write_text(json.dumps(snapshot(job), indent=1) + "\n")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
