"""The rules of the tree: imports point one way, the engine stands alone, a file is one idea."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

MAY_IMPORT = {
    "schemas": set(),
    "transforms.engine": set(),
    "transforms.version": set(),
    "security": {"schemas"},
    "transforms": {"transforms.engine", "transforms.version", "schemas", "security"},
    "pipelines": {"transforms", "transforms.engine", "transforms.version", "schemas", "security"},
    "functions": {"security", "schemas"},
    "devices": {"transforms", "transforms.engine", "transforms.version", "schemas", "security"},
    "local": {
        "devices",
        "functions",
        "pipelines",
        "schemas",
        "security",
        "transforms",
        "transforms.engine",
        "transforms.version",
    },
}
"""Layer -> the layers it may import besides itself. The longest matching prefix is the layer."""

ENGINE_MAY_IMPORT = {"numba", "numpy", "scipy", "transforms"} | sys.stdlib_module_names
CLOCK_MODULES = {"asyncio", "calendar", "datetime", "sched", "time"}
RANDOM_MODULES = {"random", "secrets", "uuid"}
OUTSIDE_MODULES = {"http", "os", "pathlib", "shutil", "socket", "subprocess", "urllib"}
KEEPS_COMPILED_CODE = ("transforms.engine.kernels.compiling", {"os", "pathlib"})
"""The one module of the engine that touches files: numba's, and no sample goes there."""

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "proto"}
"""`proto` shadows proto-plus and breaks the import of Beam; the others say nothing."""

TOP_FOLDERS = (*sorted({layer.split(".")[0] for layer in MAY_IMPORT}), "benchmarks", "tests")
SOURCES = sorted(
    path for folder in TOP_FOLDERS for path in (ROOT / folder).rglob("*.py") if path.is_file()
)


def layer_of(module: str) -> str | None:
    found = [layer for layer in MAY_IMPORT if f"{module}.".startswith(f"{layer}.")]
    return max(found, key=len, default=None)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(tree: ast.AST) -> list[tuple[str, int]]:
    """Every module a file names in an import, at its top or inside a function, and the line."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            # `from transforms import engine` imports transforms.engine.
            found += [
                (name if layer_of(name) != layer_of(base) else base, node.lineno)
                for name in (f"{base}.{alias.name}" for alias in node.names)
            ]
    return found


def wrong_way_imports(module: str, source: str) -> list[str]:
    layer = layer_of(module)
    if layer is None:  # tests and benchmarks may import everything
        return []
    problems = []
    for imported, line in imported_modules(ast.parse(source)):
        other = layer_of(imported)
        if other is None:
            if imported.split(".")[0] in {"benchmarks", "tests"}:
                problems.append(f"{module}:{line} imports {imported}")
        elif other != layer and other not in MAY_IMPORT[layer]:
            problems.append(f"{module}:{line} imports {imported}; {layer} may not")
    return problems


def engine_problems(module: str, source: str) -> list[str]:
    forbidden = CLOCK_MODULES | RANDOM_MODULES | OUTSIDE_MODULES
    if module == KEEPS_COMPILED_CODE[0]:
        forbidden -= KEEPS_COMPILED_CODE[1]
    return [
        f"{module}:{line} imports {imported}"
        for imported, line in imported_modules(ast.parse(source))
        if (top := imported.split(".")[0]) not in ENGINE_MAY_IMPORT or top in forbidden
    ]


def function_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, from the first statement after the docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_the_walk_finds_the_sources():
    assert {module_of(path).split(".")[0] for path in SOURCES} >= {"transforms", "tests"}


def test_imports_point_one_way():
    problems = [
        problem
        for path in SOURCES
        for problem in wrong_way_imports(module_of(path), path.read_text())
    ]
    assert problems == []


def test_the_engine_imports_no_beam_no_cloud_no_clock_and_nothing_of_ours():
    problems = [
        problem
        for path in SOURCES
        if layer_of(module_of(path)) == "transforms.engine"
        for problem in engine_problems(module_of(path), path.read_text())
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("transforms.engine.grid", "import transforms.windowing"),
        ("transforms.engine.grid", "from transforms import recordings"),
        ("transforms.engine.grid", "def f():\n    import schemas.tables"),
        ("schemas.tables", "from transforms.engine import Flag"),
        ("transforms.report.render", "import pipelines.batch"),
        ("security.keys", "from transforms import version"),
        ("pipelines.batch", "from tests import recordings"),
        ("functions.ingest.main", "import transforms.engine"),
    ],
)
def test_an_import_the_wrong_way_is_found(module, source):
    assert wrong_way_imports(module, source) != []


@pytest.mark.parametrize(
    "source",
    ["import apache_beam as beam", "import google.cloud.kms", "import time", "from os import path"],
)
def test_a_forbidden_import_of_the_engine_is_found(source):
    assert engine_problems("transforms.engine.grid", source) != []


def test_importing_the_engine_loads_no_beam_no_cloud_no_mne():
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"  # namespace packages of google are loaded by .pth files
        "import transforms.engine\n"
        "heavy = {'apache_beam', 'google', 'grpc', 'matplotlib', 'mne', 'pyarrow'}\n"
        "print(sorted(heavy & {name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_idea(path):
    source = path.read_text()
    assert len(source.splitlines()) <= MAX_FILE_LINES
    long = [
        f"{node.name}: {function_lines(node)} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and function_lines(node) > MAX_FUNCTION_LINES
    ]
    assert long == []
    assert path.stem not in NAMELESS
    assert not NAMELESS & set(path.relative_to(ROOT).parts)
