"""The image's layers, made in a folder: the same commands, without a container engine."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.image.dockerfile import ROOT, Instruction, Stage, commands, environment

LIBRARIES = "pip install --requirement requirements.txt"
CHECK = "pip check"
NEEDS_ROOT = ("useradd ", "rm -rf /", "cd /")
"""What is done to the machine and not to the folder."""


class Layers:
    """A stage of the Dockerfile, built: a virtual environment and the folder of WORKDIR.

    Args:
      with_libraries: install them as the image does (minutes, a gigabyte); otherwise those that
        the tests run with are lent: they come from the same file.
    """

    def __init__(self, folder: Path, stage: Stage, *, with_libraries: bool):
        self.folder = folder / "work"
        self.folder.mkdir(parents=True)
        self._with_libraries = with_libraries
        self._own = folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", self._own], check=True)
        self.python = self._own / "bin" / "python"
        image = environment(stage)
        kernels = {"NUMBA_CACHE_DIR": str(folder / "kernels")}
        self.environment = {**os.environ, **image, **kernels, "PYTHONPATH": ""}
        for one in stage.instructions:
            if one.word == "COPY":
                self._copy(one)
            elif one.word == "RUN":
                self._run(one)

    def _copy(self, one: Instruction) -> None:
        if "--from" in one.rest:
            return
        *sources, target = one.rest.split()
        if target.startswith("/"):
            return  # templates: files outside of the package
        for source in sources:
            if (ROOT / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / source, self.folder / target, ignore=ignored)
            else:
                shutil.copy(ROOT / source, self.folder / target)

    def _run(self, one: Instruction) -> None:
        for command in commands(one):
            if command.startswith(NEEDS_ROOT):
                continue
            if command == LIBRARIES and not self._with_libraries:
                self._lend_libraries()
                continue
            if command == CHECK and not self._with_libraries:
                continue  # the environment's own setuptools, an old one, stands before the lent
            program, *arguments = shlex.split(command)
            python = [self.python, "-m", "pip"] if program == "pip" else [self.python]
            where = self._own if "-m" in arguments else self.folder  # as `cd /` does
            subprocess.run(
                [*python, *arguments],
                cwd=where,
                env=self.environment,
                check=True,
                capture_output=True,
                text=True,
            )

    def _lend_libraries(self) -> None:
        lent = sysconfig.get_paths()["purelib"]
        (found,) = self._own.glob("lib/python*/site-packages")
        (found / "lent.pth").write_text(f"{lent}\n")
