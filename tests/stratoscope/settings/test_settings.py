"""Settings files: what is read, and what every kind of mistake says (a file each in tests/data/settings/loader)."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.secret import Secret
from stratoscope.settings import units
from stratoscope.settings.describe import described
from stratoscope.settings.document import MAX_BYTES, read
from stratoscope.settings.load import load, settings_of
from stratoscope.settings.mistakes import SettingsError, dotted, path_of
from tests.rights import as_nobody
from tests.stratoscope.settings.made import LokiSink, Made, Node, NullSink

DATA = Path(__file__).parents[2] / "data" / "settings" / "loader"
ENVIRONMENT = {"TEST_PASSWORD": "hunter2"}
PLAIN = Made("main", Secret("hunter2"))


def loaded(text: str) -> Made:
    return settings_of(read(text.encode()), Made, Path("/etc/stratoscope/made.yaml"), ENVIRONMENT)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mistake_says_where_it_is_and_what_to_do(path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(path, Made, ENVIRONMENT)
    told = str(caught.value).replace(f"{DATA}{os.sep}", "")
    assert told + "\n" == path.with_suffix(".txt").read_text()
    assert "hunter2" not in told


def test_every_type_is_read() -> None:
    made = loaded("""
        name: no   # not false, as a setting of type text takes it as it is written
        password: {env: TEST_PASSWORD}
        nodes: [{host: db1}, {host: db2, port: "3307"}]
        interval: 1m30s
        size: 16M
        ratio: 1e-3
        deep: true
        level: warning
        labels: {region: 0123, empty: ""}
        folder: state
        sink: {kind: loki, url: http://loki:3100}
        more: {a: {kind: null_sink}}
    """)
    assert made == Made(
        "no",
        Secret("hunter2"),
        nodes=(Node("db1"), Node("db2", 3307)),
        interval=90.0,
        size=16 << 20,
        ratio=0.001,
        deep=True,
        level="warning",
        labels={"region": "0123", "empty": ""},
        folder=Path("/etc/stratoscope/state"),
        sink=LokiSink("loki", "http://loki:3100"),
        more={"a": NullSink("null_sink")},
    )


@pytest.mark.parametrize("null", ["", "~", "null"])
def test_null_is_none_where_none_is_allowed(null: str) -> None:
    assert loaded(f"name: main\npassword: {{env: TEST_PASSWORD}}\nsize: {null}\nsink: {null}\n") == PLAIN


def test_a_quoted_null_is_a_text() -> None:
    assert loaded("name: 'null'\npassword: {env: TEST_PASSWORD}\n") == replace(PLAIN, name="null")


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_secret_is_a_file_without_its_last_line_end(tmp_path: Path, ending: str) -> None:
    (tmp_path / "password").write_bytes(f" hunter2 {ending}".encode())
    path = tmp_path / "made.yaml"
    path.write_text("name: main\npassword: {file: password}\n")
    assert load(path, Made).password.reveal() == " hunter2 "


@pytest.mark.parametrize("name", ["made.yaml", "password"])
def test_a_file_that_may_not_be_read_is_told(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        Path(folder).chmod(0o755)
        path = Path(folder) / "made.yaml"
        path.write_text("name: main\npassword: {file: password}\n")
        (Path(folder) / "password").write_text("hunter2")
        (Path(folder) / name).chmod(0)
        with (
            as_nobody(),
            pytest.raises(SettingsError, match=rf"{name}:? may not be read by user \d+; change its owner or mode"),
        ):
            load(path, Made)


def test_files_that_cannot_be_read_or_are_too_long_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nothing\.yaml: cannot be read: No such file or directory; check the path"):
        load(tmp_path / "nothing.yaml", Made)
    with pytest.raises(SettingsError, match="cannot be read: Is a directory; check the path"):
        load(tmp_path, Made)
    path = tmp_path / "long.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(SettingsError, match=r"long\.yaml:1: the file has more than 1 MiB"):
        load(path, Made)


@given(st.binary(max_size=200))
def test_any_bytes_are_settings_or_mistakes(data: bytes) -> None:
    document = read(data)
    with pytest.raises(SettingsError, match=r"made\.yaml:[0-9]+: "):
        settings_of(document, Made, Path("made.yaml"), ENVIRONMENT)


@given(st.lists(st.one_of(st.integers(0, 99), st.text("ab c.[]", min_size=1)), min_size=1).map(tuple))
def test_a_path_is_read_as_it_is_written(path: tuple[str | int, ...]) -> None:
    assert path_of(dotted(path)) == path


@given(st.one_of(st.integers(0, 10**7), st.sampled_from([0.25, 0.5, 1.5])))
def test_a_duration_is_read_as_it_is_written(seconds: float) -> None:
    assert units.seconds(units.written_seconds(seconds)) == pytest.approx(seconds)


@given(st.integers(0, 1 << 45))
def test_a_size_is_read_as_it_is_written(size: int) -> None:
    assert units.size(units.written_size(size)) == size


@pytest.mark.parametrize("text", ["16Mi", "16MiB", "16MB", "16M", "16384K", "16777216"])
def test_units_of_sizes(text: str) -> None:
    assert units.size(text) == 16 << 20


def test_settings_are_described_for_the_documents() -> None:
    rows = {one.key: (one.written, one.default, one.meaning) for one in described(Made)}
    assert rows["name"] == ("text", "", "What it is called everywhere.")
    assert rows["password"] == ("{file: PATH} or {env: NAME}", "", "")
    assert rows["nodes"] == ("list of mapping", "[]", "")
    assert rows["nodes[].port"] == ("whole number", "3306", "TCP port.")
    assert rows["interval"] == ("duration (30s, 5m)", "30s", "Between two. Short.")
    assert rows["size"] == ("size (16M, 1G)", "none", "")
    assert rows["level"] == ("error, warning", "error", "")
    assert rows["deep"] == ("true or false", "false", "")
    assert rows["labels"] == ("NAME: text", "{}", "")
    assert rows["sink(loki).url"] == ("text", "", "Where it is.")
    assert rows["more.NAME(null_sink).kind"] == ("null_sink", "", "")
    assert rows["first"] == ("mapping", "as below", "")
