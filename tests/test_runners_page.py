"""What the page tells to type is taken: by the jobs, and by their templates."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from pipelines.flex_templates import __main__ as flex_templates
from pipelines.flex_templates.arguments import command_line
from pipelines.flex_templates.jobs import TEMPLATES
from tests.test_operations_page import beam_options

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "runners.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", TEXT.replace("\\\n", " "), re.MULTILINE | re.DOTALL)
INLINE = [" ".join(one.split()) for one in re.findall(r"`([^`]+)`", TEXT)]
COMMANDS = [line for block in BLOCKS for line in block.splitlines()] + INLINE
JOBS = [one for one in COMMANDS if re.match(r"python -m pipelines\.(stream|batch|rewrap) ", one)]
LAUNCHES = [one for one in COMMANDS if one.startswith("gcloud dataflow flex-template run")]


def settings_of(job: str, words: list[str]) -> list[str]:
    """What of it is Beam's."""
    known, others = TEMPLATES[job].parser.parse_known_args(words)  # exits where it refuses
    assert known is not None
    return others


def test_the_page_launches_both_jobs_in_every_way():
    assert {one.split()[2] for one in JOBS} == {"pipelines.stream", "pipelines.batch"}
    assert len(JOBS) == 4
    assert len(LAUNCHES) == 2
    assert any("--sdk_container_image" in one for one in JOBS)
    assert any("--setup_file" in one for one in JOBS)


@pytest.mark.parametrize("command", JOBS)
def test_a_command_is_taken_by_its_job_and_by_beam(command):
    module, *words = shlex.split(command)[2:]
    others = settings_of(module.removeprefix("pipelines."), words)
    assert {word.partition("=")[0] for word in others if word.startswith("--")} <= beam_options()


@pytest.mark.parametrize("command", LAUNCHES)
def test_a_launch_names_parameters_of_the_template_and_all_that_it_needs(command):
    words = shlex.split(command)
    job = Path(words[words.index("--template-file-gcs-location") + 1]).stem
    text = words[words.index("--parameters") + 1].removeprefix("^~^")
    given = dict(parameter.split("=", 1) for parameter in text.split("~"))
    parameters = {one["name"]: one for one in TEMPLATES[job].metadata()["parameters"]}
    assert given.keys() <= parameters.keys()
    assert {name for name, one in parameters.items() if not one["isOptional"]} <= given.keys()
    for name, value in given.items():
        for pattern in parameters[name].get("regexes", ()):
            assert re.fullmatch(pattern, value), name
    arguments = [f"--{name}={value}" for name, value in given.items()]
    assert settings_of(job, command_line(TEMPLATES[job].parser, arguments)) == []


def test_the_templates_are_written_as_the_page_says(tmp_path):
    (line,) = (one for one in COMMANDS if one.startswith("python -m pipelines.flex_templates "))
    words = shlex.split(line)[3:]
    words[words.index("--output") + 1] = str(tmp_path / "templates")
    assert flex_templates.main(words) == 0
    assert {path.stem for path in (tmp_path / "templates").iterdir()} == set(TEMPLATES)
