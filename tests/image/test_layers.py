"""The image's layers in a clean place, and a worker that has nothing else."""

from __future__ import annotations

import dataclasses
import importlib.util
import operator
import os
import shlex
from pathlib import Path

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from local.kms.server import LocalKms
from pipelines.stream import build, cloud_edges
from tests.draining_runner import DrainingRunner
from tests.image.dockerfile import PATH, environment, stages
from tests.image.layers import Layers
from tests.pipelines.stream_runs import made_packets, messages_of, settings_in
from tests.pipelines.test_stream import windows_of
from tests.sealed_stores import connected, new_store
from tests.security.vaults import make_tenant_keys
from transforms.engine import SignalEngine, WindowBatch
from transforms.recordings import RecordingSettings
from transforms.recordings.archive.stream_spec import stream_of_format

SECONDS = 4
MODULES = ("pipelines.stream", "transforms.live", "schemas.envelope", "security.vault")
WITH_LIBRARIES = "NEURAL_ENGINE_IMAGE_LIBRARIES"
"""Set: they are installed too, which takes minutes and a gigabyte: `make image-check`."""


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    """The command of a worker as the image has it, in a folder without our tree."""
    (base,) = (stage for stage in stages(PATH.read_text()) if stage.name == "base")
    folder = tmp_path_factory.mktemp("image")
    layers = Layers(folder, base, with_libraries=bool(os.environ.get(WITH_LIBRARIES)))
    empty = folder / "empty"
    empty.mkdir()
    names = (*environment(base), "PYTHONPATH")
    variables = [f"export {name}={shlex.quote(layers.environment[name])}" for name in names]
    run = f"exec {layers.python} -m apache_beam.runners.worker.sdk_worker_main"
    script = folder / "worker.sh"
    script.write_text("\n".join(["set -eu", f"cd {empty}", *variables, run]))
    return folder, SubprocessSDKEnvironment(command_string=f"sh {script}")


def bare_windows(packets):
    first, settings = packets[0], RecordingSettings()
    spec, factor, _ = stream_of_format(first.stream, first.format, first.start_ns, settings)
    engine = SignalEngine(spec)
    samples = np.concatenate([packet.samples_in_unit() for packet in packets]) * factor
    return WindowBatch.concatenate([engine.push(0, samples), engine.finish()])


def test_a_worker_of_the_image_computes_the_windows_of_the_bare_engine(worker, bigtable, tmp_path):
    folder, image = worker
    packets = made_packets(SECONDS)
    with LocalKms(tmp_path / "kms") as kms:
        make_tenant_keys(kms)
        address = new_store(kms)
        settings = settings_in(tmp_path, address)
        with connected(address) as store:
            messages = messages_of(store.vault, packets)
            edges = dataclasses.replace(
                cloud_edges(settings, "FnApiRunner"),
                telemetry=beam.Create(messages, reshuffle=False),
                registry=None,
            )
            with beam.Pipeline(runner=DrainingRunner(image), options=PipelineOptions([])) as root:
                build(root, edges, settings)
                _ = (
                    root
                    | "NameModules" >> beam.Create(MODULES, reshuffle=False)
                    | "FindModules" >> beam.Map(importlib.util.find_spec)
                    | "TakeFiles" >> beam.Map(operator.attrgetter("origin"))
                    | "WriteFiles" >> beam.io.WriteToText(str(tmp_path / "modules"))
                )
            windows = windows_of(store)
    expected = bare_windows(packets)
    for field in ("index", "n_samples", "features", "pair_features", "flags", "quality"):
        np.testing.assert_array_equal(getattr(windows, field), getattr(expected, field))
    found = "".join(path.read_text() for path in tmp_path.glob("modules*")).splitlines()
    assert len(found) == len(MODULES)
    for file in found:
        assert Path(file).is_relative_to(folder / "venv"), file
