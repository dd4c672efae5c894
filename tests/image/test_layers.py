"""The image's layers in a clean place, and a worker that has nothing else."""

from __future__ import annotations

import dataclasses
import importlib.util
import operator
import os
import pickle
import shlex
import subprocess
from pathlib import Path

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from local.kms.server import LocalKms
from pipelines.stream import build, cloud_edges
from schemas.packet import Packet
from tests.draining_runner import DrainingRunner
from tests.image.dockerfile import PATH, environment, stages
from tests.image.layers import Layers
from tests.pipelines.stream_runs import made_packets, messages_of, settings_in
from tests.pipelines.test_stream import windows_of
from tests.sealed_stores import connected, new_store
from tests.security.vaults import make_tenant_keys
from transforms.engine import WindowBatch
from transforms.recordings import RecordingSettings
from transforms.recordings.archive.stream_spec import stream_of_format

SECONDS = 4
MODULES = ("pipelines.stream", "transforms.live", "schemas.envelope", "security.vault")
WITH_LIBRARIES = "NEURAL_ENGINE_IMAGE_LIBRARIES"
"""Set: they are installed too, which takes minutes and a gigabyte: `make image-check`."""


BARE = """
import pathlib, pickle, sys
from transforms.engine import SignalEngine, WindowBatch
spec, samples = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())
engine = SignalEngine(spec)
windows = WindowBatch.concatenate([engine.push(0, samples), engine.finish()])
pathlib.Path(sys.argv[2]).write_bytes(pickle.dumps(windows))
"""


@dataclasses.dataclass(frozen=True)
class Image:
    """The layers, and an empty folder to start programs in: our tree is not beside them."""

    layers: Layers
    empty: Path
    variables: dict[str, str]

    def worker(self) -> SubprocessSDKEnvironment:
        exports = [f"export {name}={shlex.quote(it)}" for name, it in self.variables.items()]
        run = f"exec {self.layers.python} -m apache_beam.runners.worker.sdk_worker_main"
        script = self.empty.parent / "worker.sh"
        script.write_text("\n".join(["set -eu", f"cd {self.empty}", *exports, run]))
        return SubprocessSDKEnvironment(command_string=f"sh {script}")

    def bare_windows(self, packets: list[Packet]) -> WindowBatch:
        """By the engine alone, as the image computes: another processor has other last bits."""
        first, settings = packets[0], RecordingSettings()
        spec, factor, _ = stream_of_format(first.stream, first.format, first.start_ns, settings)
        samples = np.concatenate([packet.samples_in_unit() for packet in packets]) * factor
        given, found = self.empty.parent / "samples", self.empty.parent / "windows"
        given.write_bytes(pickle.dumps((spec, samples)))
        command: list[str | Path] = [self.layers.python, "-c", BARE, given, found]
        subprocess.run(command, cwd=self.empty, env=os.environ | self.variables, check=True)
        windows: WindowBatch = pickle.loads(found.read_bytes())
        return windows


if not os.environ.get(WITH_LIBRARIES) and not os.environ.get("NEURAL_ENGINE_IMAGE"):
    pytest.skip("compiles every kernel anew: run `make image-check`", allow_module_level=True)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    (base,) = (stage for stage in stages(PATH.read_text()) if stage.name == "base")
    folder = tmp_path_factory.mktemp("image")
    layers = Layers(folder, base, with_libraries=bool(os.environ.get(WITH_LIBRARIES)))
    names = (*environment(base), "PYTHONPATH")
    (folder / "empty").mkdir()
    return Image(layers, folder / "empty", {name: layers.environment[name] for name in names})


def test_a_worker_of_the_image_computes_the_windows_of_the_bare_engine(image, bigtable, tmp_path):
    packets, worker = made_packets(SECONDS), image.worker()
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
            with beam.Pipeline(runner=DrainingRunner(worker), options=PipelineOptions([])) as root:
                build(root, edges, settings)
                _ = (
                    root
                    | "NameModules" >> beam.Create(MODULES, reshuffle=False)
                    | "FindModules" >> beam.Map(importlib.util.find_spec)
                    | "TakeFiles" >> beam.Map(operator.attrgetter("origin"))
                    | "WriteFiles" >> beam.io.WriteToText(str(tmp_path / "modules"))
                )
            windows = windows_of(store)
    expected = image.bare_windows(packets)
    assert len(expected.index) >= 20 * SECONDS
    for field in ("index", "n_samples", "features", "pair_features", "flags", "quality"):
        np.testing.assert_array_equal(getattr(windows, field), getattr(expected, field))
    found = "".join(path.read_text() for path in tmp_path.glob("modules*")).splitlines()
    assert len(found) == len(MODULES)
    for file in found:
        assert Path(file).is_relative_to(image.layers.python.parents[1]), file
