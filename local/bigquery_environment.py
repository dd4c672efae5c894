"""`python -m local.bigquery_environment`: installs the BigQuery emulator in .venv-bigquery.

It needs a later Python than ours, and other versions of the same libraries, so it lives in a
virtual environment of its own. Its database's extensions come from packages too: nothing is fetched
while it runs, and nothing is written to the user's home.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from local.emulators import EmulatorError

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements-bigquery.txt"
INSTALL_COMMAND = "python -m local.bigquery_environment"

_OLDEST = (3, 13)
_VERSION = "import sys; sys.exit(sys.version_info < (3, 13))"
_EXTENSION_FOLDER = (
    "import duckdb; print(duckdb.sql('PRAGMA platform').fetchall()[0][0], duckdb.__version__)"
)


class BigQueryEnvironment:
    """The folder with the emulator.

    Attributes:
      folder: of the virtual environment.
      home: what the emulator takes for its user's home.
    """

    def __init__(self, folder: Path = ROOT / ".venv-bigquery"):
        self.folder = folder
        self.home = folder / "home"
        self._stamp = folder / "installed"

    @property
    def program(self) -> Path:
        """The emulator's command."""
        return self.folder / "bin" / "local-bigquery"

    def is_installed(self) -> bool:
        """Whether it is there, in the versions that are wanted."""
        return self._stamp.exists() and self._stamp.read_text() == REQUIREMENTS.read_text()

    def install(self) -> None:
        """Makes it anew.

        Raises:
          EmulatorError: no Python here is new enough.
          CalledProcessError: a package cannot be installed; pip has said why.
        """
        python = find_python()
        subprocess.run([python, "-m", "venv", "--clear", self.folder], check=True)
        own = self.folder / "bin" / "python"
        pip = (own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True)
        self._place_extensions(own)
        self._stamp.write_text(REQUIREMENTS.read_text())

    def _place_extensions(self, python: Path) -> None:
        """Where the database looks for them; it would fetch them otherwise."""
        asked = subprocess.run(
            [python, "-c", _EXTENSION_FOLDER], capture_output=True, text=True, check=True
        )
        platform, version = asked.stdout.split()
        target = self.home / ".duckdb" / "extensions" / f"v{version}" / platform
        target.mkdir(parents=True, exist_ok=True)
        for extension in self.folder.glob("lib/python*/site-packages/duckdb_extension_*/**/*"):
            if extension.suffix == ".duckdb_extension":
                shutil.copy(extension, target)


def find_python() -> Path:
    """A Python that the emulator runs on: this one, one on PATH, or one of pyenv's.

    Raises:
      EmulatorError: there is none.
    """
    names = [f"python3.{minor}" for minor in range(_OLDEST[1], _OLDEST[1] + 5)]
    found = [Path(path) for name in (*names, "python3") if (path := shutil.which(name))]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for name in names:
        found += sorted(pyenv.glob(f"versions/{name.removeprefix('python')}.*/bin/python"))
    for python in (Path(sys.executable), *found):
        # Those of pyenv on PATH are scripts that may say no: asked, not trusted by their names.
        if (
            subprocess.run([python, "-c", _VERSION], capture_output=True, check=False).returncode
            == 0
        ):
            return python
    oldest = ".".join(map(str, _OLDEST))
    raise EmulatorError(
        "bigquery",
        f"needs Python {oldest} or later, and there is none on PATH or in pyenv",
        f"install one, for instance with: pyenv install {oldest}",
    )


def main() -> int:
    """Installs it where it is missing or old; returns the exit code."""
    environment = BigQueryEnvironment()
    if environment.is_installed():
        return 0
    print("Installing the BigQuery emulator (about a minute) ...", file=sys.stderr)
    try:
        environment.install()
    except EmulatorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
