"""Every module is whole, and none gives more than it should."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess

import pytest

from functions.settings import FunctionSettings, variable_of
from pipelines.erase import main as erase
from pipelines.rewrap import rewrap_parser
from tests.terraform.modules import EXAMPLES, MODULES, ROOT, blocks, source

FOLDERS = [*MODULES, *EXAMPLES]


def name_of(path):
    return path.name


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_has_all_its_files(module):
    for name in ("main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"):
        assert (module / name).exists(), f"{module.name} lacks {name}"
    assert list(module.glob("tests/*.tftest.hcl")), f"{module.name} has no tests"


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_readme_opens_with_the_call_that_is_tested(module):
    opening = (module / "README.md").read_text().split("```hcl\n", 1)[1].split("```", 1)[0]
    call = re.fullmatch(r'module "\w+" \{\n  source = "(.*?)"\n\n(.*)\}\n', opening, re.DOTALL)
    assert call, f"{module.name}: {opening}"
    assert call[1] == f"./modules/{module.name}"
    test = (module / "tests" / f"{module.name}.tftest.hcl").read_text()
    assert f"\nvariables {{\n{call[2]}}}\n" in test


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_every_check_of_an_input_is_checked(folder):
    variables = blocks(source(folder), "variable")
    checked = {name for name, body in variables.items() if "validation {" in body}
    tests = "".join(path.read_text() for path in folder.glob("tests/*.tftest.hcl"))
    refused = set(re.findall(r"\bvar\.(\w+)", "".join(re.findall(r"expect_failures = .*", tests))))
    assert refused >= checked, f"nothing is refused for {sorted(checked - refused)}"


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_an_error_says_what_was_wrong_and_what_would_be_right(folder):
    messages = re.findall(r"error_message = (\".*\")", source(folder))
    assert [message for message in messages if "; expected " not in message] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_inputs_and_outputs_are_described(folder):
    for kind in ("variable", "output"):
        for name, body in blocks(source(folder), kind).items():
            assert re.search(r'^  description = ".+"$', body, re.MULTILINE), f"{kind} {name}"


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_nobody_gets_a_basic_role_a_key_file_or_a_public_address(folder):
    text = source(folder)
    for forbidden in ("roles/owner", "roles/editor", "roles/viewer", "google_service_account_key"):
        assert forbidden not in text, f"{folder.name} has {forbidden}"
    assert "access_config" not in text
    assert "WORKER_IP_PUBLIC" not in text
    assert "allAuthenticatedUsers" not in text
    everybody = re.findall(r'"allUsers"', text)
    assert len(everybody) == (1 if folder.name == "functions" else 0)


def test_functions_are_told_all_that_their_settings_read():
    text = source(ROOT / "modules" / "functions")
    told = set(re.findall(r"^\s+(NEURAL_ENGINE_\w+)\s+=", text, re.MULTILINE))
    read = {variable_of(field.name) for field in dataclasses.fields(FunctionSettings)}
    assert told == read - {"NEURAL_ENGINE_KMS_LOOPBACK_ADDRESS"}  # of this machine only


def test_functions_have_the_entry_points_that_are_packed():
    packed = re.findall(r"from functions\.(\w+)\.main import (\w+)", (ROOT / "pack").read_text())
    assert packed
    for folder, entry in packed:
        assert folder == entry
        code = (ROOT.parent / "functions" / folder / "main.py").read_text()
        assert re.search(rf"^(async )?def {entry}\(", code, re.MULTILINE)
        text = source(ROOT / "modules" / "functions")
        assert re.search(
            rf'^\s+{entry}\s+= \{{ memory|entry_point\s+= "{entry}"', text, re.MULTILINE
        )


def arguments_of(module):
    """Options that the schedule of a module of `pipelines` passes."""
    text = source(ROOT / "modules" / "region")
    shared = re.search(r"key_options = \{(.*?)\]\n", text, re.DOTALL)
    its = re.search(rf'"{module}"\n.*?arguments = ([^\n]*)', text, re.DOTALL)
    assert shared
    assert its
    return re.findall(r'"(--[a-z-]+)"', shared[1] + its[1])


def test_schedules_pass_options_that_the_programs_have(capsys):
    with pytest.raises(SystemExit):
        erase(["run", "--help"])
    helped = capsys.readouterr().out
    for option in arguments_of("pipelines.erase"):
        assert option in helped
    known = rewrap_parser().format_help()
    for option in arguments_of("pipelines.rewrap"):
        assert option in known


def test_the_format_is_terraforms_own():
    if not shutil.which("terraform"):
        missing = "no terraform: https://developer.hashicorp.com/terraform/install"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    command = ["terraform", "fmt", "-check", "-recursive", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
