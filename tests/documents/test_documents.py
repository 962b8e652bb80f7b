"""The documents tell the truth: links resolve, examples run, tables are fresh, every word of an event is told."""

import fnmatch
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from parsers.model import Event, Quality
from parsers.parser import Parser, ParserOptions
from stratoscope import errors
from stratoscope.settings.kinds import checked
from tests.documents.tables import DATA, DOCUMENTS, ROOT, fresh

README = (ROOT / "README.md").read_text()
EVENTS = (ROOT / "docs" / "events.md").read_text()
ELLIPSIS = "…"
LEFT_OUT = {".git", ".venv", ".uv", "build", "dist", "__pycache__"}
TEXTS = {".py", ".md", ".toml", ".lock", ".html", ".css", ".conf", ".log", ".txt", ".json", ".tsv", ""}

names = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def words_in(text: str) -> set[str]:
    """What stands as code in a text."""
    return set(re.findall(r"`([^`]+)`", text))


def section(text: str, title: str) -> str:
    """The part of a document below a title, up to the next one of any kind."""
    return re.split(r"\n##+ ", text.partition(f"# {title}\n")[2])[0]


@names
def test_made_parts_are_fresh(path: Path) -> None:
    text = path.read_text()
    assert fresh(text) == text, "make docs"


def anchors(path: Path) -> set[str]:
    """The anchors of a document's titles, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@names
def test_links_resolve(path: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()) if not link.startswith("https://")]
    for link in links:
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def examples() -> list[tuple[str, list[str]]]:
    """Commands of the README's console blocks, and the lines shown of what they print."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def shows(shown: list[str], printed: list[str]) -> bool:
    """Whether `shown` are the lines of `printed`; a line `…` stands for any, `…` at a line's end for its rest."""
    if not shown:
        return not printed
    first, *rest = shown
    if first == ELLIPSIS:
        return any(shows(rest, printed[at:]) for at in range(len(printed) + 1))
    same = bool(printed) and (printed[0] == first or (first[-1:] == ELLIPSIS and printed[0].startswith(first[:-1])))
    return same and shows(rest, printed[1:])


def test_examples_print_what_is_shown(tmp_path: Path) -> None:
    found = examples()
    assert len(found) >= 6
    environment = {"HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for command, shown in found:
        assert command.startswith("stratoscope ")
        done = subprocess.run(command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout, command
        assert shows(shown, done.stdout.splitlines()), (command, done.stdout[:3000])


def test_settings_that_are_shown_are_right(tmp_path: Path) -> None:
    shown = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "exporters" / "README.md").read_text(), re.DOTALL)
    settings = [block for block in shown if re.search("^(exporters|modules):", block, re.MULTILINE)]
    assert len(settings) == 2
    for block in settings:
        for name in re.findall(r"/run/secrets/([a-z-]+)", block):
            (tmp_path / name).write_text("secret")
        path = tmp_path / "export.yaml"
        path.write_text(block.replace("/run/secrets/", f"{tmp_path}/"))
        assert checked(path) == "export"


def files() -> Iterator[Path]:
    """The texts of the repository."""
    for folder, inner, inside in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in LEFT_OUT and not (name.startswith(".") and name != ".ci")]
        # in a second working tree .git is a file
        texts = (
            name for name in inside if Path(name).suffix in TEXTS and name not in LEFT_OUT and not name.startswith(".coverage")
        )
        yield from (Path(folder, name) for name in texts)


def test_no_file_names_the_machine_it_was_made_on_or_a_registry() -> None:
    words = [b"/wo" + b"rk/", b"/tmp/" + b"logs", b"pypi" + b".org", b"python" + b"hosted"]
    seen = 0
    for path in files():
        data = path.read_bytes()
        seen += 1
        assert not [word for word in words if word in data], path
    assert seen > 200


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|    )make ([a-z]+)", README))
    assert {"run", "test", "unit", "bench", "fuzz", "docs", "lock"} <= named <= targets


def test_every_quality_is_told() -> None:
    flags = {value for name, value in vars(Quality).items() if name.isupper()}
    rows = re.findall(r"^\| `([a-z0-9_]+)` \|", section(EVENTS, "Quality"), re.MULTILINE)
    assert sorted(rows) == sorted(flags)


def recorded() -> Iterator[Event]:
    """The events of all that was recorded of formats and of oslo.log."""
    for path in (*sorted(DATA.glob("formats/*/*.log")), *sorted(DATA.glob("oslo/*.log"))):
        parser = Parser(ParserOptions(raw=True, year=2026))
        yield from (*parser.feed(path.read_bytes(), 0.0), *parser.close())


def test_every_field_and_attribute_of_recorded_events_is_told() -> None:
    """But those of JSON lines without a format of their own, whose keys are whatever they are."""
    fields = words_in(section(EVENTS, "Fields"))
    attributes = words_in(section(EVENTS, "attributes"))
    resource = words_in(section(EVENTS, "resource"))
    exceptions = words_in(section(EVENTS, "exceptions"))
    source = words_in(section(EVENTS, "source"))
    for event in recorded():
        assert set(event) <= fields
        assert set(event["source"]) <= source
        if event["source"]["format"] != "json.generic":
            unknown = {name for name in event["attributes"] if not any(fnmatch.fnmatch(name, told) for told in attributes)}
            assert not unknown, event["source"]
            assert set(event["resource"]) <= resource
        for exception in event.get("exceptions", ()):
            assert set(exception) <= exceptions
            assert {exception["link"]} | {name for frame in exception["frames"] for name in frame} <= exceptions


def test_exit_codes() -> None:
    told = re.findall(r"^\| ([0-9]+) \|", (ROOT / "docs" / "cli.md").read_text(), re.MULTILINE)
    assert [int(code) for code in told] == [errors.OK, errors.NOTHING_MATCHED, errors.FAILED, errors.INTERRUPTED]


def test_the_changelog_knows_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\n## [{version}]" in (ROOT / "CHANGELOG.md").read_text()
