"""`stratoscope probe` with the check and the profile of this folder: for the tests, and as a process."""

import sys
from pathlib import Path

from probes.model import Profile, Proof, Role, Use
from probes.table import Row
from stratoscope import cli, probe_command
from stratoscope.probe.reading import settings_in
from stratoscope.probe.settings import Catalogue, Loaded
from stratoscope.settings.document import read

ROWS = (
    Row("told", "tests.stratoscope.probe.told", "Does as a file says."),
    Row("tcp", "probes.checks.tcp", "Another one."),
)
BOTH = frozenset({Role.LIVENESS, Role.READINESS, Role.STARTUP})
PERIOD = 0.1


def use(name: str, roles: frozenset[Role], proof: Proof | None, path: Path | None = None, timeout: float = 0.5) -> Use:
    options = {} if path is None else {"path": str(path)}
    return Use(name, "told", roles, "For a test.", options, proof, period=PERIOD, timeout=timeout)


def demo(folder: Path | None = None, hang_after: float = 0.6) -> Profile:
    """Checks that ask and that look whether it moves, and a control; each does as its file in `folder` says."""

    def path(name: str) -> Path | None:
        return None if folder is None else folder / name

    return Profile(
        "demo",
        "A service of the tests.",
        ("stratoscope-demo",),
        (
            use("ask", BOTH, Proof.UNANSWERED, path("ask")),
            use("still", frozenset({Role.LIVENESS}), Proof.STILL, path("still")),
            use("way", frozenset({Role.CONTROL}), None, path("way")),
        ),
        start_seconds=60.0,
        grace_seconds=3.0,
        hang_after=hang_after,
    )


OTHER = Profile("other", "Another one.", ("stratoscope-other",), (use("ask", BOTH, Proof.UNANSWERED),), 60.0, 3.0)
"""Of which nothing runs."""


def catalogue() -> Catalogue:
    """As the product's, for another process as well."""
    return Catalogue((demo(), OTHER), ROWS, "tests.stratoscope.probe.made:catalogue")


def loaded(text: str, folder: Path = Path("/etc"), **environment: str) -> Loaded:
    return settings_in(read(text.encode()), folder / "probe.yaml", catalogue(), environment)


def service(folder: Path, *more: str, name: str = "nova") -> str:
    """Lines of a settings file: a service whose checks do as the files in `folder` say."""
    checks = "".join(f"      {check}: {{options: {{path: {folder / check}}}}}\n" for check in ("ask", "still", "way"))
    lines = "".join(f"    {line}\n" for line in more)
    return f"  {name}:\n    profile: demo\n{lines}    checks:\n{checks}"


def settings(folder: Path, *more: str, top: str = "") -> str:
    """A settings file of one such service."""
    return f"{top}services:\n{service(folder, *more)}"


def command(arguments: list[str]) -> int:
    """As the command line does it, with the catalogue above."""
    parser = cli.Parser(prog="stratoscope probe")
    probe_command.add_arguments(parser)
    return probe_command.execute(parser.parse_args(arguments), catalogue())


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
