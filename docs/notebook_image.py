"""`python -m docs.notebook_image`: runs the code of notebook.md on a simulated recording.

The picture that it plots goes to images/notebook.png.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib

from devices.simulate import main as simulate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE = Path(__file__).resolve().parent / "notebook.md"
IMAGE = PAGE.parent / "images" / "notebook.png"
RECORDING = "out/recordings/simulated-seed1.edf"


def notebook_code(recording: Path) -> str:
    """The page's code, about another recording."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    if RECORDING not in code:
        raise ValueError(f"the code does not read {RECORDING}")
    return str(code.replace(RECORDING, str(recording)))


def run_notebook(recording: Path) -> dict[str, Any]:
    """What the code leaves behind, `figure` among it; no window opens."""
    matplotlib.use("Agg")
    left: dict[str, Any] = {}
    exec(notebook_code(recording), left)  # noqa: S102 - our own page
    return left


def save(figure: Figure, path: Path) -> None:
    """A picture small enough for the repository; without a date, so that it stays the same."""
    figure.savefig(path, dpi=80, metadata={"Software": None})


def main() -> None:
    """Simulates the recording of `make run`, runs the code, saves the picture."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(["--output", folder, "--seed", "1"])
        save(run_notebook(Path(folder, Path(RECORDING).name))["figure"], IMAGE)
    print(f"{IMAGE}: {IMAGE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
