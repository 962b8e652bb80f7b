"""What can be said of the image without building it. How it was built and tried stands in docs/image.md."""

import fnmatch
import re
import shlex
import tomllib

from stratoscope.inject.settings import InjectSettings
from tests.helm_overlays.values import ROOT

TEXT = (ROOT / "Containerfile").read_text()
LINES = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines()
STAGES = [index for index, line in enumerate(LINES) if line.startswith("FROM ")]
BUILD, FINAL = LINES[STAGES[0] : STAGES[1]], LINES[STAGES[1] :]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def words(stage: list[str], instruction: str) -> list[list[str]]:
    """The arguments of all instructions of a kind."""
    return [shlex.split(line)[1:] for line in stage if line.startswith(f"{instruction} ")]


def let_in(path: str) -> bool:
    """Whether .containerignore lets a path at the root into the build."""
    rules = [line for line in (ROOT / ".containerignore").read_text().splitlines() if line and not line.startswith("#")]
    return fnmatch.fnmatch(path, rules[0]) and f"!{path}" in rules


def test_what_is_copied_is_there_and_let_in() -> None:
    sources = [source.rstrip("/") for *given, _ in words(BUILD, "COPY") for source in given]
    assert all((ROOT / source).exists() for source in sources)
    assert all(let_in(source) for source in sources)
    assert set(PROJECT["tool"]["uv"]["build-backend"]["module-name"]) <= set(sources)
    assert {"requirements.lock", "requirements-uv.lock", PROJECT["project"]["readme"]} <= set(sources)


def test_docker_ignores_what_others_ignore() -> None:
    assert (ROOT / ".dockerignore").resolve() == ROOT / ".containerignore"


def test_nothing_is_installed_that_the_locks_do_not_name() -> None:
    commands = [command.strip() for line in BUILD + FINAL for command in line.removeprefix("RUN ").split("&&")]
    installs = [command for command in commands if re.search(r"\bpip (install|sync)\b", command)]
    assert len(installs) == 3
    for command in installs:
        assert "--require-hashes" in command or "--offline --no-deps" in command


def test_the_user_is_the_one_that_the_injector_gives() -> None:
    uid = InjectSettings().uid
    assert words(FINAL, "USER") == [[f"{uid}:{uid}"]]
    assert f"stratoscope:x:{uid}:{uid}:" in TEXT
    assert f"install -d -o {uid} -g {uid} " in TEXT


def test_both_stages_have_one_base_which_is_an_argument() -> None:
    assert words(LINES[: STAGES[0]], "ARG") == [["BASE=docker.io/library/debian:bookworm-slim"]]
    assert [LINES[index].split()[1] for index in STAGES] == ["${BASE}", "${BASE}"]


def test_nothing_that_builds_is_in_the_last_stage() -> None:
    (installed,) = re.findall(
        r"apt-get install -q -y --no-install-recommends (.*?) && rm -rf", " ".join(" ".join(FINAL).split())
    )
    assert installed.split() == ["python3", "ca-certificates"]
    assert words(FINAL, "COPY") == [["--from=build", "/opt/stratoscope", "/opt/stratoscope"]]


def test_it_says_what_it_is() -> None:
    labels = dict(one.split("=", 1) for given in words(FINAL, "LABEL") for one in given)
    assert labels["org.opencontainers.image.title"] == PROJECT["project"]["name"]
    assert labels["org.opencontainers.image.licenses"] == PROJECT["project"]["license"]
    assert labels["org.opencontainers.image.version"] == "${VERSION}"
    assert FINAL[-1] == 'ENTRYPOINT ["stratoscope"]'
