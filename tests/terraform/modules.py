"""Where Terraform's files are, and what tests read of them as text."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "terraform"
MODULES = sorted(path for path in (ROOT / "modules").iterdir() if path.is_dir())
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())


def source(folder: Path) -> str:
    """All `.tf` files of a folder, without comments."""
    text = "\n".join(path.read_text() for path in sorted(folder.glob("*.tf")))
    return re.sub(r"(^|\s)#[^\n]*", r"\1", text)


def blocks(text: str, kind: str) -> dict[str, str]:
    """By name: the bodies of top-level blocks such as `variable "name" { ... }`."""
    found = re.findall(rf'^{kind} "(\w+)"[^\n]*\{{\n(.*?)^\}}', text, re.MULTILINE | re.DOTALL)
    return dict(found)
