"""What hadolint would say, and what a worker's image has to be."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.image.dockerfile import PATH, ROOT, commands, environment, stages

TEXT = PATH.read_text()
STAGES = {stage.name: stage for stage in stages(TEXT)}
BASE = STAGES["base"]
RUNS = [command for run in BASE.all("RUN") for command in commands(run)]


def test_every_base_is_pinned_to_a_version():  # DL3006, DL3007
    for stage in STAGES.values():
        if stage.image not in STAGES:
            tag = stage.image.rpartition(":")[2]
            assert re.search(r"\d", tag), stage.image
            assert tag != "latest"


def test_the_images_beam_is_the_one_that_is_installed():
    installed = re.search(r"apache-beam\[gcp\]==(.*)", (ROOT / "requirements.txt").read_text())
    assert installed is not None
    assert STAGES["beam"].image.endswith(f":{installed[1]}")


def test_the_python_of_all_bases_is_the_same():
    version = "3.11"
    assert f"python{version}_sdk" in STAGES["beam"].image
    assert f"python{version.replace('.', '')}-" in STAGES["launcher"].image
    assert BASE.image.startswith(f"python:{version}-")


def test_it_does_not_run_as_root():  # DL3002
    users = [one.rest for one in BASE.all("USER")]
    assert users[-1].isdecimal()
    assert int(users[-1]) > 0
    assert any(f"useradd --uid {users[-1]}" in command for command in RUNS)


def test_shells_stop_at_the_first_failure():  # DL4006
    assert BASE.all("SHELL")[0].rest == '["/bin/bash", "-o", "pipefail", "-c"]'


def test_nothing_is_fetched_but_by_pip_from_exact_versions():  # DL3008, DL3013, DL3020
    assert not [one for stage in STAGES.values() for one in stage.all("ADD")]
    assert not any(re.match(r"(curl|wget|apt)", command) for command in RUNS)
    installs = [command for command in RUNS if command.startswith("pip install")]
    assert installs == ["pip install --requirement requirements.txt", "pip install --no-deps ."]
    assert environment(BASE)["PIP_NO_CACHE_DIR"] == "1"  # DL3042


def test_libraries_are_a_layer_below_the_code():
    order = [f"{one.word} {one.rest}" for one in BASE.instructions]
    libraries = next(
        n for n, words in enumerate(order) if "requirements.txt" in words and "RUN" in words
    )
    code = next(n for n, words in enumerate(order) if words.startswith("COPY transforms"))
    assert libraries < code


def test_it_is_a_worker_and_a_launcher():
    copies = [one.rest for one in BASE.all("COPY")]
    assert "--from=beam /opt/apache/beam /opt/apache/beam" in copies
    launcher = "/opt/google/dataflow/python_template_launcher"
    assert f"--from=launcher {launcher} {launcher}" in copies
    assert BASE.all("ENTRYPOINT")[0].rest == '["/opt/apache/beam/boot"]'


def test_what_is_copied_is_there_and_not_kept_out():
    let_in = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    for one in BASE.all("COPY"):
        if "--from" not in one.rest:
            *sources, _ = one.rest.split()
            for source in sources:
                assert (ROOT / source).exists(), source
                assert source in let_in, source


def test_every_package_of_the_distribution_is_copied():
    copied = " ".join(one.rest for one in BASE.all("COPY")).split()
    wanted = re.search(r"for name in \(([^)]*)\)", (ROOT / "setup.py").read_text())
    assert wanted is not None
    for name in re.findall(r'"(\w+)"', wanted[1]):
        assert name in copied, name


@pytest.mark.parametrize("stage", [name for name in STAGES if STAGES[name].image == "base"])
def test_a_job_differs_from_the_base_in_its_file_alone(stage):
    (only,) = STAGES[stage].instructions
    assert only.word == "ENV"
    file = environment(STAGES[stage])["FLEX_TEMPLATE_PYTHON_PY_FILE"]
    assert (ROOT / "templates" / file.removeprefix("/template/")).exists()


def test_the_processor_features_it_turns_off_are_ones_that_numpy_knows():
    """Numpy warns of names it does not know, and then turns nothing off."""
    program = (
        "from numpy._core._multiarray_umath import __cpu_features__ as f;"
        "print(sorted(n for n, on in f.items() if on and n in ('X86_V4', 'AVX512_SPR')))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", program],
        env=environment(BASE),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_kernels_are_compiled_for_every_processor_alike(tmp_path):
    program = (
        "from numba.core.registry import cpu_target as t;"
        "magic = t.target_context.codegen().magic_tuple(); print(magic[1], magic[2])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(BASE) | {"NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    name, features = done.stdout.split()
    assert name == "haswell"
    assert "avx512" not in features
    assert "+avx2" in features
