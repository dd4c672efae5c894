from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipelines.flex_templates.__main__ import main, specification
from pipelines.flex_templates.arguments import command_line
from pipelines.flex_templates.jobs import MAINS, TEMPLATES

FOLDER = Path(__file__).resolve().parents[3] / "templates"
BY_NAME = pytest.mark.parametrize("name", TEMPLATES)


def test_what_terraform_tells_dataflow_is_what_the_options_say():
    path = FOLDER.parent / "terraform" / "modules" / "dataflow" / "templates.json"
    made = {name: template.metadata() for name, template in TEMPLATES.items()}
    assert json.loads(path.read_text()) == made, "run python -m docs.terraform_files"


@BY_NAME
def test_what_no_worker_reaches_is_no_parameter(name):
    names = {parameter["name"] for parameter in TEMPLATES[name].metadata()["parameters"]}
    assert "runner" not in names
    assert not [name for name in names if "loopback" in name]


@BY_NAME
def test_every_parameter_says_what_it_is_and_whether_it_is_needed(name):
    parser = TEMPLATES[name].parser
    required = {action.dest for action in parser._actions if action.required}
    for parameter in TEMPLATES[name].metadata()["parameters"]:
        assert parameter["helpText"].strip()
        assert "%(" not in parameter["helpText"]
        assert parameter["isOptional"] is (parameter["name"] not in required)
        for pattern in parameter.get("regexes", ()):
            re.compile(pattern)


def test_stored_values_of_flags_and_choices_are_taken_by_the_job():
    for template in TEMPLATES.values():
        for parameter in template.metadata()["parameters"]:
            for pattern in parameter.get("regexes", ()):
                if found := re.fullmatch(r"\^\(([^()\\]+)\)\$", pattern):
                    for value in found[1].split("|"):
                        command_line(template.parser, [f"--{parameter['name']}={value}"])


def test_a_streaming_template_is_exactly_once_on_purpose():
    stream = TEMPLATES["stream"].metadata()
    assert stream["streaming"]
    assert stream["defaultStreamingMode"] == "EXACTLY_ONCE"
    assert not stream["supportsAtLeastOnce"]


@BY_NAME
def test_every_template_has_a_job_a_file_and_a_target_of_the_image(name):
    assert callable(MAINS[name])
    assert f'launch("{name}")' in (FOLDER / f"{name}.py").read_text()
    dockerfile = (FOLDER.parent / "Dockerfile").read_text()
    assert (
        f"FROM base AS {name}\nENV FLEX_TEMPLATE_PYTHON_PY_FILE=/template/{name}.py" in dockerfile
    )


def test_a_whole_specification_names_the_jobs_image(tmp_path):
    main(["--output", str(tmp_path), "--image", "europe-docker.pkg.dev/p/r/JOB:1"])
    for name, template in TEMPLATES.items():
        found = json.loads((tmp_path / f"{name}.json").read_text())
        image = f"europe-docker.pkg.dev/p/r/{name}:1"
        assert found == specification(image, template.metadata())
