"""What is built and locked: the wheel holds every file of the packages, and the lock files agree."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["uv"]["build-backend"]["module-name"]


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    build = "import sys, uv_build; uv_build.build_wheel(sys.argv[1])"
    environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}  # the builder is a program
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, env=environment, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name and not name.endswith("/")}
    ours = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert inside == ours
    assert {f"{package}/py.typed" for package in PACKAGES} <= inside
    assert any(name.startswith("stratoscope/web/templates/") for name in inside)
    assert any(name.startswith("stratoscope/samples/") and name.endswith(".log.xz") for name in inside)


def pins(name: str) -> dict[str, str]:
    """Package and version of a lock file; each has hashes."""
    text = (ROOT / name).read_text()
    assert not re.search(r"^[a-z0-9_.-]+==.*[^\\]$", text, re.MULTILINE), "a package without hashes"
    return dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", text, re.MULTILINE))


def test_what_runs_is_locked_as_what_is_tested() -> None:
    run, test = pins("requirements.lock"), pins("requirements-dev.lock")
    assert run.items() <= test.items()
    needed = {re.split(r"[><=~! \[]", text)[0] for text in PROJECT["project"]["dependencies"]}
    wanted = {re.split(r"[><=~! \[]", text)[0] for text in PROJECT["dependency-groups"]["test"]}
    assert needed <= run.keys()
    assert wanted <= {name.replace("_", "-").replace("oslo-", "oslo.") for name in test} | test.keys()


def test_uv_builds_with_the_backend_of_its_own_version() -> None:
    """Then it needs no index to build, and so an editable install needs none either."""
    (requirement,) = PROJECT["build-system"]["requires"]
    version = pins("requirements-uv.lock")["uv"]
    assert requirement.startswith(f"uv_build>={version.rpartition('.')[0]},")
