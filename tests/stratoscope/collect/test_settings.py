"""The settings of `collect`: all mistakes at once, each with what to do."""

from datetime import timedelta
from pathlib import Path

import pytest

from collectors.sinks.settings import FileSettings, StdoutSettings
from stratoscope.collect.settings import FilesInput, StoreSettings, settings_at
from stratoscope.settings.mistakes import SettingsError

GOOD = """
state: /tmp/state
sources:
  pods: {kind: files, paths: [/var/log/pods], exclude: ["*_stratoscope-*"]}
  raw: {kind: forward, listen: unix:/run/raw.sock}
sinks:
  out: {to: {kind: stdout}}
  file: {to: {kind: file, path: out.jsonl}, timeout: 5s, retry: {first: 1s, most: 10s}, buffer: {memory: 8M, spool: 64M}}
  here: {to: {kind: store, path: events.db, max_size: 1G}}
parser: {zone: "+02:00", formats: [oslo.text], idle: 1s, raw: true, mask: false, service: nova}
batch: {events: 10, memory: 1M, age: 100ms}
listen: 127.0.0.1:9464
drain: 5s
"""


def made(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "collect.yaml"
    path.write_text(text)
    return path


def test_a_good_file(tmp_path: Path) -> None:
    settings = settings_at(made(tmp_path, GOOD))
    assert isinstance(settings.sources["pods"], FilesInput)
    assert settings.sinks["out"].to == StdoutSettings()
    assert settings.sinks["file"].to == FileSettings(path=tmp_path / "out.jsonl")
    assert settings.sinks["file"].buffer.bounds(3).spool == 64 << 20
    assert settings.sinks["here"].to == StoreSettings(path=tmp_path / "events.db", max_size=1 << 30)
    options = settings.parser.options()
    assert options.zone is not None
    assert options.zone.utcoffset(None) == timedelta(hours=2)
    assert (options.formats, options.raw, options.masking, options.service) == (frozenset({"oslo.text"}), True, False, "nova")
    assert options.limits.idle_seconds == 1.0


def test_strings_of_a_service(tmp_path: Path) -> None:
    text = GOOD.replace("parser: {", 'parser: {oslo: {default_format: "%(asctime)s [%(levelname)s] %(name)s: %(message)s"}, ')
    assert len(settings_at(made(tmp_path, text)).parser.options().profiles) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pods: {", "po.ds: {", 'sources."po.ds": a name has letters, digits, - and _ only'),
        ("paths: [/var/log/pods]", "paths: []", "sources.pods.paths: names at least one file, directory or glob"),
        (
            "kind: files",
            "kind: file",
            "sources.pods.kind: 'file' is not one of files, pods, kubernetes, stdin, forward; did you mean files?",
        ),
        ('exclude: ["*_stratoscope-*"]', "max_open: 1", "sources.pods.max_open: must be between 16 and 4096"),
        ("timeout: 5s", "timeout: 0s", "sinks.file.timeout: must be between 0.1s and 600s"),
        ("timeout: 5s", "dead_letters: 1K", "sinks.file.dead_letters: must be at least 1M"),
        ("most: 10s", "most: 100ms", "sinks.file.retry.first: must be more than 0s and not more than `most`"),
        ("spool: 64M", "spool: 1M", "sinks.file.buffer.spool: must be at least 16M and twice `memory`"),
        ("memory: 8M", "memory: 1K", "sinks.file.buffer.memory: must be at least 1M"),
        ("formats: [oslo.text]", "formats: [oslo.txt]", "parser.formats[0]: 'oslo.txt' is not known; did you mean oslo.text?"),
        ('zone: "+02:00"', "zone: Nowhere/Town", "parser.zone: no zone 'Nowhere/Town' on this machine"),
        ("idle: 1s", "idle: 0s", "parser.idle: must be between 0.05s and 60s"),
        ("idle: 1s", "oslo: {context_format: nonsense}", "parser.oslo.context_format: "),
        ("events: 10", "events: 0", "batch.events: a batch has at least 1 event"),
        ("listen: 127.0.0.1:9464", "listen: nowhere", "listen: write HOST:PORT"),
        ("listen: 127.0.0.1:9464", "web_config: web.yml", "web_config: is of no use without listen; set both or none"),
        ("drain: 5s", "drain: 0s", "drain: must be more than 0s and at most 600s"),
        ("drain: 5s", "page: {listen: nowhere}", "page.listen: write HOST:PORT, for example 127.0.0.1:8765"),
        (
            "drain: 5s",
            "page: {listen: ':8765'}",
            "page.listen: :8765 is reached from elsewhere; add web_config with basic_auth",
        ),
        ("drain: 5s", "page: {sink: her}", "page.sink: 'her' is no sink with to: {kind: store}; did you mean here?"),
    ],
)
def test_one_mistake(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    path = made(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(SettingsError) as raised:
        settings_at(path)
    (line,) = raised.value.lines
    assert line.startswith(f"{path}:")
    assert f": {message}" in line


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    text = "sources: {}\nsinks: {}\nstat: x\ndrain: 5\nbatch: {age: -1s}\n"
    with pytest.raises(SettingsError) as raised:
        settings_at(made(tmp_path, text))
    assert len(raised.value.lines) >= 2


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        settings_at(made(tmp_path, "sources: {}\nsinks: {}\n"))
    assert [line.partition(": ")[2] for line in raised.value.lines] == [
        "sources: must have at least one",
        "sinks: must have at least one",
    ]


def test_there_is_one_standard_input(tmp_path: Path) -> None:
    text = "sources: {a: {kind: stdin}, b: {kind: stdin}}\nsinks: {out: {to: {kind: stdout}}}\n"
    with pytest.raises(SettingsError, match=r"sources\.b: there is only one standard input, and sources\.a reads it"):
        settings_at(made(tmp_path, text))


@pytest.mark.parametrize(
    ("sinks", "page", "told"),
    [
        ("a: {to: {kind: stdout}}", "{}", "page: there is no store to be shown; add a sink with to: {kind: store, path: ...}"),
        ("a: {to: {kind: stdout}}", "{sink: a}", "page.sink: there is no store to be shown; add a sink with"),
    ],
)
def test_a_page_needs_a_store(tmp_path: Path, sinks: str, page: str, told: str) -> None:
    text = f"sources: {{a: {{kind: stdin}}}}\nsinks: {{{sinks}}}\npage: {page}\n"
    with pytest.raises(SettingsError) as raised:
        settings_at(made(tmp_path, text))
    assert told in str(raised.value)


def test_of_several_stores_one_is_shown(tmp_path: Path) -> None:
    stores = "sinks: {a: {to: {kind: store, path: a.db}}, b: {to: {kind: store, path: b.db}}}\n"
    text = f"sources: {{a: {{kind: stdin}}}}\n{stores}"
    assert settings_at(made(tmp_path, text)).shown() is None
    assert settings_at(made(tmp_path, text + "page: {sink: b}\n")).shown() == tmp_path / "b.db"
    with pytest.raises(SettingsError, match="page: several sinks are stores; write sink: a or b"):
        settings_at(made(tmp_path, text + "page: {}\n"))
