"""What a worker installs is complete, and the same on every machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from transforms.version import CODE_VERSION

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("devices", "pipelines", "schemas", "security", "transforms")
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt")


def files_under(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for package in PACKAGES
        for path in (folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def tree(tmp_path):
    """A copy, since setuptools writes beside setup.py."""
    copy = tmp_path / "tree"
    copy.mkdir()
    for name in ("setup.py", "pyproject.toml", "requirements.txt", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, copy)
    for package in PACKAGES:
        if (ROOT / package).exists():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / package, copy / package, ignore=ignored)
    return copy


def setup(tree: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "setup.py", *arguments],
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_worker_gets_every_module_and_every_template(tree):
    setup(tree, "-q", "build", "--build-lib", "built")
    assert files_under(tree / "built") == files_under(tree)


def test_what_setup_file_ships_holds_them_too_and_what_building_it_reads(tree, tmp_path):
    setup(tree, "-q", "sdist", "--dist-dir", str(tmp_path / "dist"))
    (packed,) = (tmp_path / "dist").iterdir()
    shutil.unpack_archive(packed, tmp_path / "unpacked")
    (shipped,) = (tmp_path / "unpacked").iterdir()
    assert files_under(shipped) == files_under(tree)
    assert (shipped / "requirements.txt").read_text() == (ROOT / "requirements.txt").read_text()


def test_the_distribution_carries_the_version_of_the_rows(tree):
    lines = setup(tree, "--name", "--version").splitlines()
    assert lines[-2:] == ["neural-engine", CODE_VERSION]


@pytest.mark.parametrize("name", [*REQUIREMENTS, "constraints.txt"])
def test_every_version_is_exact_and_no_file_names_a_host(name):
    for line in (ROOT / name).read_text().splitlines():
        requirement = line.split("#")[0].strip()
        if requirement and not re.match(r"-[cr] [a-z-]+\.txt$", requirement):
            assert re.match(r"[\w.-]+(\[\w+\])?==[\w.]+(; python_version .*)?$", requirement), line


def test_no_package_is_pinned_twice():
    named = [
        line.partition("==")[0].partition("[")[0].lower()
        for name in (*REQUIREMENTS, "constraints.txt")
        for line in (ROOT / name).read_text().splitlines()
        if "==" in line and "python_version" not in line
    ]
    assert sorted(named) == sorted(set(named))
