"""The distribution `neural-engine`: what a Dataflow worker installs (`--setup_file ./setup.py`)."""

import pathlib
import runpy

import setuptools

HERE = pathlib.Path(__file__).parent

# Read, not imported: numpy is not there yet when pip builds the package.
VERSION = runpy.run_path(str(HERE / "transforms" / "version.py"))["CODE_VERSION"]

# The exact versions that the tests ran with: equal numbers on every worker need equal libraries.
RUNTIME = [
    line.split("#")[0].strip()
    for line in (HERE / "requirements.txt").read_text().splitlines()
    if line.strip() and not line.startswith(("#", "-"))
]

setuptools.setup(
    name="neural-engine",
    version=VERSION,
    description="Brain-signal telemetry: one engine from samples to 50 ms windows, at every speed",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    # functions/ is deployed by itself, tests/ and benchmarks/ stay here.
    packages=setuptools.find_packages(
        include=[
            f"{name}{suffix}"
            for name in ("devices", "pipelines", "schemas", "security", "transforms")
            for suffix in ("", ".*")
        ]
    ),
    package_data={
        "": ["*.html", "*.html.j2", "*.css", "*.json", "*.proto", "*.pyi", "sql/*.sql", "c/*.[ch]"]
    },
    install_requires=RUNTIME,
    zip_safe=False,
)
