"""`stratoscope export`, asked over HTTP: good and bad targets, probes, new settings; and what --once and --list print."""

import json
import logging
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from exporters.frame import metrics as frame_metrics
from stratoscope.errors import StratoscopeError
from stratoscope.export import own
from stratoscope.export.service import Service
from stratoscope.export.settings import Loaded, settings_in
from stratoscope.serving.listen import bind
from stratoscope.serving.server import Server
from stratoscope.settings.document import read
from stratoscope.settings.load import document_at
from stratoscope.settings.mistakes import SettingsError
from tests.servers import bad
from tests.stratoscope.export.made import TABLE, command, written
from tests.stratoscope.serving.made import get

NUMBER = bad.cut(b"42\n")


def loaded(text: str) -> Loaded:
    return settings_in(read(text.encode()), Path("export.yaml"), TABLE)


def targets(**ports: int) -> str:
    lines = [f'    - {{name: {name}, address: "127.0.0.1:{port}"}}' for name, port in ports.items()]
    return "\n".join(["exporters:", "  lines:", *lines, ""])


@contextmanager
def exporting(settings: str) -> Iterator[tuple[Service, str]]:
    with Service(loaded(settings)) as service, Server(service.app(), bind("127.0.0.1:0")) as server:
        yield service, server.url


def test_bad_targets_cost_their_own_metrics_and_are_told_once_each(caplog: pytest.LogCaptureFixture) -> None:
    behaviours = {
        "silent": bad.silent,
        "half": bad.half(b"4"),
        "dripping": bad.dripping(b"4"),
        "rubbish": bad.rubbish,
        "closing": bad.closing,
        "resetting": bad.resetting,
        "fine": NUMBER,
    }
    with ExitStack() as stack:
        ports = {name: stack.enter_context(bad.listening(behave)) for name, behave in behaviours.items()}
        ports["refusing"] = bad.refusing_port()
        _, url = stack.enter_context(exporting(targets(**ports)))
        caplog.clear()
        for _ in range(2):
            began = time.monotonic()
            status, body = get(f"{url}/metrics", X_Prometheus_Scrape_Timeout_Seconds="3")
            assert time.monotonic() - began < 15
            assert status == 200
            assert 'lines_value{target="fine"} 42.0' in body
            for name in ports:
                labels = f'{{exporter="lines",target="{name}"}}'
                assert f"stratoscope_exporter_success{labels} {float(name == 'fine')}" in body
                assert (f'lines_value{{target="{name}"}}' in body) is (name == "fine")
            up = dict(re.findall(r'stratoscope_exporter_up\{exporter="lines",target="([a-z]+)"\} ([01])', body))
            assert {name for name, value in up.items() if value == "1"} == {"fine", "rubbish", "closing"}
    told = [record.getMessage() for record in caplog.records if record.name == "stratoscope.exporters"]
    assert sorted(line.split()[1].rstrip(":") for line in told) == sorted(ports.keys() - {"fine"})


def test_a_scrape_gives_our_own_state_too() -> None:
    with bad.listening(NUMBER) as port, exporting(targets(a=port)) as (_, url):
        body = get(f"{url}/metrics")[1]
        for name in (
            "stratoscope_build_info{version=",
            "stratoscope_config_last_reload_successful 1.0",
            "process_cpu_seconds_total",
        ):
            assert name in body
        declared = {metric.name for metric in (*own.METRICS, *frame_metrics.METRICS)}
        assert set(re.findall(r"^# TYPE (stratoscope_\w+)", body, re.MULTILINE)) <= declared
        assert get(f"{url}/metrics?name[]=lines_value")[1].count("# TYPE") == 1
        assert "/probe" not in get(url)[1]


PROBED = """
modules:
  number: {kind: lines, address: "{target}"}
allow_targets: ["127.0.0.1:*", "localhost"]
"""


def test_a_probe_asks_an_allowed_target() -> None:
    with bad.listening(NUMBER) as port, bad.listening(bad.closing) as other, exporting(PROBED) as (_, url):
        for _ in range(2):
            status, body = get(f"{url}/probe?module=number&target=127.0.0.1:{port}")
            assert status == 200
            assert f'lines_value{{target="127.0.0.1:{port}"}} 42.0' in body
        assert 'outcome="success",target="127.0.0.1' in body
        assert re.search(r'fetches_total\{.*outcome="success".*\} 2\.0', body)  # connections are kept from probe to probe
        status, body = get(f"{url}/probe?module=number&target=127.0.0.1:{other}")
        assert f'stratoscope_exporter_success{{exporter="lines",target="127.0.0.1:{other}"}} 0.0' in body
        assert '<a href="/probe?module=&amp;target=">' in get(url)[1]


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("", 400, "Write /probe?module=NAME&target=HOST:PORT\n"),
        ("module=number", 400, "Write /probe?module=NAME&target=HOST:PORT\n"),
        ("module=nummer&target=127.0.0.1:1", 400, "There is no such module in the settings; did you mean number?\n"),
        (
            "module=number&target=169.254.169.254:80",
            403,
            "Refused: the target 169.254.169.254:80 is not in allow_targets of the settings\n",
        ),
        ("module=number&target=http://127.0.0.1:1/", 403, "Refused: the target is no host or host:port\n"),
        ("module=number&target=localhost", 400, "The target does not fit the module: localhost has no port; write HOST:PORT\n"),
    ],
)
def test_a_probe_that_is_not_made(query: str, status: int, told: str) -> None:
    with exporting(PROBED) as (_, url):
        assert get(f"{url}/probe?{query}") == (status, told)


def test_the_connections_of_probes_are_bounded() -> None:
    with Service(loaded(PROBED)) as service:
        probes = service._probes
        frames = [probes._frame("number", f"127.0.0.1:{number}") for number in range(1, 66)]
        assert len(probes._frames) == 64
        assert probes._frame("number", "127.0.0.1:1") is not frames[0]
        assert probes._frame("number", "127.0.0.1:65") is frames[-1]


def test_new_settings_are_taken_and_wrong_ones_change_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "stratoscope.export")
    with bad.listening(NUMBER) as port, exporting(targets(a=port)) as (service, url):

        def reload(settings: str) -> str:
            service.reload(lambda: loaded(settings))
            return get(f"{url}/metrics")[1]

        body = reload(targets(a=port, b=port) + "modules: {n: {kind: lines, address: '{target}'}}\nallow_targets: ['*:*']\n")
        assert body.count("lines_value{") == 2
        assert "stratoscope_config_last_reload_successful 1.0" in body
        at = re.findall(r"stratoscope_config_last_reload_success_timestamp_seconds (\S+)", body)
        assert get(f"{url}/probe?module=n&target=localhost:{port}")[0] == 200
        body = reload("exporters: {lines: [{name: a}]}\n")
        assert body.count("lines_value{") == 2
        assert "stratoscope_config_last_reload_successful 0.0" in body
        assert re.findall(r"stratoscope_config_last_reload_success_timestamp_seconds (\S+)", body) == at
        body = reload("listen: 127.0.0.1:1\n" + targets(b=port))
        assert 'lines_value{target="b"}' in body
        assert body.count("lines_value{") == 1
        assert "stratoscope_config_last_reload_successful 1.0" in body
        assert get(f"{url}/probe?module=n&target=localhost:{port}")[0] == 400
    told = [record.getMessage() for record in caplog.records if record.name == "stratoscope.export"]
    assert told == [
        "the settings were read again",
        (
            "the settings are wrong, the old ones stay in force: "
            "export.yaml:1: exporters.lines[0]: the key address is missing; add it"
        ),
        "listen and web_config take a restart; the old ones stay in force",
        "the settings were read again",
    ]


def test_once_prints_metrics_and_tells_what_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with bad.listening(NUMBER) as port:
        path = written(tmp_path, targets(a=port))
        assert command(["-c", str(path), "--once"]) == 0
        assert capsys.readouterr().out == (
            '# HELP lines_value What the target says.\n# TYPE lines_value gauge\nlines_value{target="a"} 42.0\n'
        )
        path = written(tmp_path, targets(a=port, b=bad.refusing_port()))
        assert command(["-c", str(path), "--once"]) == 1
    out, err = capsys.readouterr()
    assert 'lines_value{target="a"} 42.0' in out
    assert re.fullmatch(r"stratoscope export: lines b: 127\.0\.0\.1:\d+: Connection refused; is it running\?\n", err)


def test_once_gives_verdicts_for_programs_and_for_persons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with bad.listening(NUMBER) as port, bad.listening(bad.cut(b"7\n")) as small:
        path = written(tmp_path, targets(a=port, b=small))
        assert command(["-c", str(path), "--once", "-o", "verdict"]) == 0
        first, second = map(json.loads, capsys.readouterr().out.splitlines())
        assert first == {
            "exporter": "lines",
            "target": "a",
            "subject": "target a",
            "state": "large",
            "healthy": False,
            "reasons": ["42 is more than 10"],
            "evidence": {"first line": "42"},
        }
        assert second["healthy"] is True
        assert command(["-c", str(path), "--once", "-o", "verdict", "--color", "always"]) == 0
    assert capsys.readouterr().out == (
        "\x1b[31m✘\x1b[0m \x1b[1mtarget a\x1b[0m is \x1b[31mlarge\x1b[0m\n"
        "    because 42 is more than 10\n"
        "\x1b[2m      first line  42\x1b[0m\n"
        "\x1b[32m✔\x1b[0m \x1b[1mtarget b\x1b[0m is \x1b[32mfine\x1b[0m\n"
        "\x1b[2m      first line  7\x1b[0m\n"
    )


def test_the_list_tells_all_exporters_and_their_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["--list"]) == 0
    assert capsys.readouterr().out == (
        "lines: A number that a target says. Asked on each scrape, within 10 s.\n"
        "  lines_value{target}  gauge\n"
        "      What the target says.\n"
    )


def test_without_settings_it_says_what_to_do() -> None:
    with pytest.raises(StratoscopeError, match="name a settings file with -c FILE; --list tells what can be exported"):
        command([])


def test_settings_that_are_not_there_end_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file or directory"):
        document_at(tmp_path / "nothing.yaml")
    with pytest.raises(SettingsError, match="nothing to export"):
        command(["-c", str(written(tmp_path, ""))])
