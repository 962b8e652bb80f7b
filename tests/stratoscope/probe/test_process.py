"""`stratoscope probe` as a process: signals, restarts, wrong settings, whoever connects, TLS; and what --once prints."""

import contextlib
import json
import random
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
import trustme

from probes.model import State
from stratoscope.probe.once import look
from tests.servers.process import Process, free_port, wait_until
from tests.stratoscope.probe.made import command, loaded, settings
from tests.stratoscope.probe.process import COMMAND, ROOT, Kubelets, SidecarProcess, sidecar, stop_and_go
from tests.stratoscope.probe.test_sidecar import ENFORCE, fake_process, hang, heal
from tests.stratoscope.probe.told import MAIN, tell
from tests.stratoscope.serving.made import HASH, PASSWORD, basic, get, trusting, write_certificate


def written(folder: Path, text: str) -> Path:
    """In one piece, as a kubelet swaps a ConfigMap."""
    beside, path = folder / "probe.new", folder / "probe.yaml"
    beside.write_text(text)
    beside.rename(path)
    return path


def told(process: SidecarProcess) -> list[str]:
    """The bodies of its log; a line that is just being written is left out."""
    lines = process.log_file.read_text().split("\n")[:-1]
    return [json.loads(line)["body"] for line in lines]


def test_it_fails_liveness_for_a_hang_reads_new_settings_and_ends_on_sigterm(tmp_path: Path) -> None:
    path = written(tmp_path, settings(tmp_path))
    with sidecar(path) as process:
        process.until("/livez/nova", 200, "healthy")
        process.until("/readyz", 200)
        process.until("/startupz/nova", 200)
        hang(tmp_path)
        process.until("/livez/nova", 200, "observed only: hung")
        process.until("/readyz/nova", 503)
        written(tmp_path, settings(tmp_path, top=ENFORCE))
        process.signal(signal.SIGHUP)
        process.until("/livez", 503, "hung")
        process.until("/metrics", 200, 'stratoscope_probe_kills_total{probe="nova"} 1.0')
        written(tmp_path, "services: {}\n")
        process.signal(signal.SIGHUP)
        process.until("/metrics", 200, "stratoscope_config_last_reload_successful 0.0")
        assert process.get("/livez/nova")[0] == 503  # the old ones stay in force
        path.unlink()
        process.signal(signal.SIGHUP)
        process.wait_until(lambda: any("cannot be read: No such file" in line for line in told(process)), "that is told")
        heal(tmp_path)
        process.until("/livez/nova", 200, "healthy")
        assert process.stop() == 0
    bodies = told(process)
    assert bodies[0] == "started"
    assert bodies[-1] == "ended"
    assert "the settings were read again" in bodies


def test_wrong_settings_at_the_start_are_no_end_and_are_read_again(tmp_path: Path) -> None:
    """A kubelet that gets no answer kills a healthy service."""
    path = written(tmp_path, "services: {nova: {profile: dmeo}}\n")
    with sidecar(path) as process:
        process.until("/livez/nova", 200, "fine as far as is known: the settings cannot be used", "did you mean demo?")
        assert process.get("/readyz/nova")[0] == 503
        written(tmp_path, settings(tmp_path))
        process.signal(signal.SIGHUP)
        process.until("/livez/nova", 200, "healthy")
        process.until("/metrics", 200, "stratoscope_config_last_reload_successful 1.0")
        assert process.stop() == 0
    assert "the settings were read at last" in told(process)


def test_the_endpoint_is_where_wrong_settings_say(tmp_path: Path) -> None:
    port = free_port()
    path = written(tmp_path, f"listen: 127.0.0.1:{port}\nnonsense: 1\n")
    with Process([*COMMAND, "-c", path], tmp_path / "log", folder=ROOT) as process:
        process.wait_until(lambda: _answers(port), "it answers there")


def _answers(port: int) -> bool:
    try:
        return get(f"http://127.0.0.1:{port}/livez/nova")[0] == 200
    except OSError:
        return False


def test_a_port_in_use_ends_it_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with SidecarProcess(written(tmp_path, settings(tmp_path)), taken.getsockname()[1]) as process:
            wait_until(lambda: not process.running(), "its end")
        assert "choose another with --listen" in process.tail()


def test_while_a_check_hangs_it_answers_and_ends(tmp_path: Path) -> None:
    tell(tmp_path / "ask", "hang")
    with sidecar(written(tmp_path, settings(tmp_path, top=ENFORCE))) as process:
        process.until("/debug", 200, "past its time-out of 0.5 s")
        for _ in range(20):
            assert process.get("/livez/nova")[0] == 200
        assert process.stop() == 0


def test_a_sidecar_that_was_stopped_and_goes_on_kills_nobody(tmp_path: Path) -> None:
    with sidecar(written(tmp_path, settings(tmp_path, top=ENFORCE))) as process:
        process.until("/livez/nova", 200, "healthy")
        hang(tmp_path)
        with Kubelets(process, ["/livez/nova"], period=0.05) as kubelets:
            stop_and_go(process, 5.0)
            process.until("/metrics", 200, "stratoscope_probe_verdict_changes_total")
            heal(tmp_path)
            process.until("/livez/nova", 200, "healthy")
        assert set(kubelets.codes["/livez/nova"]) == {200}
        assert kubelets.failed == []


def test_one_that_is_killed_and_restarted_remembers_its_budget(tmp_path: Path) -> None:
    text = settings(tmp_path, top=f"state: {tmp_path / 'state'}\npolicy: {{mode: enforce, kills_per_hour: 1}}\n")
    path, port = written(tmp_path, text), free_port()
    with sidecar(path, port=port) as process:
        process.until("/livez/nova", 200, "healthy")
        hang(tmp_path)
        process.until("/livez/nova", 503, "hung")
        process.wait_until(lambda: '"kills":[' in _state(tmp_path) and '"kills":[]' not in _state(tmp_path), "it is on disk")
        process.kill()
    with sidecar(path, port=port) as process:
        process.until("/livez/nova", 200, "its 1 kills of this hour are spent")
        process.until("/metrics", 200, 'stratoscope_probe_withheld_kills_total{probe="nova",reason="budget"} 1.0')


def _state(folder: Path) -> str:
    try:
        return (folder / "state" / "probe.json").read_text()
    except FileNotFoundError:
        return ""


def loris(port: int, over: threading.Event) -> None:
    """Opens connections, says a byte now and then, and holds as many as it can."""
    held: list[socket.socket] = []
    while not over.wait(0.01):
        with contextlib.suppress(OSError):
            held.append(socket.create_connection(("127.0.0.1", port), 30))
            held[-1].sendall(b"GET /livez")
        for one in held:
            with contextlib.suppress(OSError):
                one.sendall(b"x")
        while len(held) > 200:
            held.pop(0).close()
    for one in held:
        one.close()


def shouter(port: int, over: threading.Event) -> None:
    """Says rubbish, and hangs up or does not."""
    seeded = random.Random(4)
    while not over.wait(0.01):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 30) as one:
            one.sendall(seeded.randbytes(seeded.randrange(1, 20_000)))


def test_under_four_kubelets_slow_loris_and_rubbish_it_keeps_answering(tmp_path: Path) -> None:
    with sidecar(written(tmp_path, settings(tmp_path, top=ENFORCE))) as process:
        process.until("/readyz", 200)
        over = threading.Event()
        threads = [threading.Thread(target=one, args=(process.port, over)) for one in (loris, loris, shouter, shouter)]
        for thread in threads:
            thread.start()
        descriptors = Path(f"/proc/{process.pid}/fd")
        most = 0
        with Kubelets(process, ["/livez/nova", "/readyz/nova", "/startupz/nova"], period=0.2) as kubelets:
            end = time.monotonic() + 60
            while min(map(len, kubelets.codes.values())) < 40 and time.monotonic() < end:
                most = max(most, len(list(descriptors.iterdir())))
                time.sleep(0.05)
        over.set()
        for thread in threads:
            thread.join()
        assert kubelets.failed == []
        assert {code for codes in kubelets.codes.values() for code in codes} == {200}
        assert min(map(len, kubelets.codes.values())) >= 40
        assert most < 120  # 64 connections, and what a sidecar has open otherwise
        process.until("/livez/nova", 200, "healthy")


def test_over_tls_with_passwords_the_kubelet_gets_in_and_others_need_one(tmp_path: Path) -> None:
    ca = trustme.CA()
    write_certificate(ca, tmp_path)
    (tmp_path / "web.yml").write_text(
        f"tls_server_config: {{cert_file: server.pem, key_file: server.key}}\nbasic_auth_users: {{prometheus: {HASH}}}\n"
    )
    path = written(tmp_path, settings(tmp_path, "drain: {grace: 2s, margin: 1s, settle: 0}", top="web_config: web.yml\n"))
    with SidecarProcess(path, free_port()) as process:
        url, context = f"https://127.0.0.1:{process.port}", trusting(ca)

        def says(page: str, status: int, part: str = "", **headers: str) -> bool:
            try:
                got, body = get(f"{url}{page}", context, **headers)
            except OSError:
                return False
            return got == status and part in body

        process.wait_until(lambda: says("/livez/nova", 200, "healthy"), "it answers")
        process.wait_until(lambda: says("/readyz", 200), "it is ready")
        assert says("/startupz/nova", 200)
        assert says("/-/healthy", 200, "Healthy")
        assert says("/debug", 401)
        assert says("/metrics", 401)
        assert says("/drain/nova", 401)
        assert says("/livezzz", 401)
        known = basic("prometheus", PASSWORD)
        assert says("/debug", 200, "== nova", Authorization=known)
        assert says("/metrics", 200, "stratoscope_probe_verdict", Authorization=known)
        assert says("/drain/nova", 200, "drained", Authorization=known)
        process.wait_until(lambda: says("/readyz/nova", 503, "draining"), "it gets no more work")
        assert process.stop() == 0


def test_a_drain_is_answered_at_its_end_and_taken_back(tmp_path: Path) -> None:
    path = written(tmp_path, settings(tmp_path, "drain: {grace: 2s, margin: 1s, settle: 0}", top=ENFORCE))
    with sidecar(path) as process:
        process.until("/readyz", 200)
        assert process.get("/drain/nova") == (200, process.get("/drain/nova", "POST")[1])  # twice is as once
        process.until("/readyz/nova", 503, "draining")
        hang(tmp_path)
        process.until("/livez/nova", 200, "draining, so no kill: hung")
        heal(tmp_path)
        assert process.get("/drain/nova", "DELETE") == (200, "it is drained no more\n")
        process.until("/readyz/nova", 200)
        assert process.get("/drain/nvoa")[0] == 404
        assert process.get("/drain/nova", "PUT")[0] == 405


def test_memory_is_flat_over_an_hour_of_looks(tmp_path: Path) -> None:
    """As many looks, ticks and answers as an hour has; twice, and the second time takes no more."""
    text = settings(tmp_path, top="").replace("}}", "}, period: 50ms}")
    with sidecar(written(tmp_path, text)) as process:
        process.until("/livez/nova", 200, "healthy")

        def hour() -> float:
            with Kubelets(process, ["/livez/nova", "/readyz/nova", "/metrics"], number=2, period=0.002) as kubelets:
                wait_until(lambda: sum(map(len, kubelets.codes.values())) >= 1_000, "many answers")
            assert kubelets.failed == []
            return process.resident()

        hour()
        first = hour()
        assert hour() - first < 1.0


def test_once_prints_verdict_and_evidence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, settings(tmp_path))
    assert command(["-c", str(path), "--once"]) == 0
    out, err = capsys.readouterr()
    one = json.loads(out)
    assert (one["probe"], one["profile"], one["state"], one["ready"]) == ("nova", "demo", "healthy", True)
    assert {evidence["check"] for evidence in one["evidence"]} == {"ask", "still", "way", "pulse"}
    assert err == "nova: 3 looks at each of 3 checks\n"
    hang(tmp_path)
    assert command(["-c", str(path), "--once", "-o", "pretty", "--color", "always"]) == 1
    out = capsys.readouterr().out
    assert "\x1b[31m✘\x1b[0m \x1b[1mnova\x1b[0m (demo) is \x1b[31mstarting\x1b[0m" in out
    assert "not ready, not started; 3 looks in " in out
    assert "\x1b[31msilent    \x1b[0m  the file says silent" in out


def test_once_calls_what_runs_for_long_and_does_not_move_hung(tmp_path: Path) -> None:
    found = loaded(settings(tmp_path))
    fake_process(tmp_path / "proc", int(MAIN["main_pid"]), "stratoscope-demo")
    (tmp_path / "proc" / "uptime").write_text("100000.00 1.00\n")
    hang(tmp_path)
    (seen,) = look(found, lambda _: None, tmp_path / "proc")
    assert seen.verdict.state is State.HUNG
    assert "the sidecar calls it hung only when this has held for 0.6 s" in seen.remark
    assert not seen.serves


def test_once_waits_for_nobody_who_hangs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell(tmp_path / "ask", "hang")
    assert command(["-c", str(written(tmp_path, settings(tmp_path))), "--once"]) == 1
    found = {evidence["check"]: evidence["finding"] for evidence in json.loads(capsys.readouterr().out)["evidence"]}
    assert (found["ask"], found["still"]) == ("unknown", "fine")


def test_the_list_tells_all_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["--list"]) == 0
    assert capsys.readouterr().out.splitlines()[:5] == [
        "demo: A service of the tests.",
        "      liveness: ask, still",
        "      readiness: ask",
        "      startup: ask",
        "      control: way",
    ]


def test_what_has_read_the_settings_is_gone(tmp_path: Path) -> None:
    with sidecar(written(tmp_path, settings(tmp_path))) as process:
        assert Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text() == ""
