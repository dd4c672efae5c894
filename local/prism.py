"""`python -m local.prism`: builds Beam's runner Prism in .venv-prism, of the Beam that is here.

It is a program in Go that is in no Python package; Beam's own way is to fetch it while a job
starts. Built once, it is passed as `--prism_location`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import apache_beam

ROOT = Path(__file__).resolve().parents[1]
BUILD_COMMAND = "python -m local.prism"
PACKAGE = "github.com/apache/beam/sdks/v2/go/cmd/prism"


class PrismError(RuntimeError):
    """Prism is not there, or cannot be built: why, and what would help."""


class PrismBuild:
    """The folder with the program.

    Attributes:
      version: of the Go module, which is that of our Beam.
    """

    def __init__(self, folder: Path = ROOT / ".venv-prism"):
        self.folder = folder
        self.version = f"v{apache_beam.__version__}"

    @property
    def program(self) -> Path:
        """Of this version: another Beam wants another program."""
        return self.folder / self.version / "prism"

    def find(self) -> Path:
        """The program.

        Raises:
          PrismError: it was not built yet; says how.
        """
        if not self.program.exists():
            where = f"Prism {self.version} is not in {self.folder.name}/"
            raise PrismError(f"{where}; build it with Go, in some minutes: {BUILD_COMMAND}")
        return self.program

    def build(self) -> None:
        """Builds it; the modules that it needs come from Go's proxy.

        Raises:
          PrismError: there is no Go here, or it does not build.
        """
        go = shutil.which("go")
        if go is None:
            raise PrismError("Prism is built with Go, which is not here; see go.dev/dl")
        target = {"GOBIN": str(self.program.parent.resolve()), "GOFLAGS": "-modcacherw"}
        done = subprocess.run(
            [go, "install", f"{PACKAGE}@{self.version}"], env=os.environ | target, check=False
        )
        if done.returncode:
            raise PrismError(f"Prism {self.version} does not build; Go has said why")


def main() -> int:
    """Builds it where it is missing; prints where it is."""
    prism = PrismBuild()
    if not prism.program.exists():
        print("Building Prism (some minutes, once for each version of Beam) ...", file=sys.stderr)
        try:
            prism.build()
        except PrismError as error:
            print(error, file=sys.stderr)
            return 1
    print(prism.program)
    return 0


if __name__ == "__main__":
    sys.exit(main())
