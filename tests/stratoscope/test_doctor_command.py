"""`stratoscope doctor` over HTTP: arguments, exit codes, and API servers that do not behave."""

import argparse
import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from stratoscope.cli import main
from stratoscope.doctor_command import access_of
from stratoscope.errors import StratoscopeError
from tests.stratoscope.doctor.recorded import ANSWERS

Answer = Callable[[str], tuple[int, bytes] | None]
SERIES = b'stratoscope_exporter_up{exporter="galera",target="main"} 0.0\n'


def recorded(path: str) -> tuple[int, bytes]:
    """What the real one said."""
    plain, _, query = path.partition("?")
    rest = "&".join(
        part for part in sorted(query.replace("%2F", "/").replace("%3D", "=").split("&")) if not part.startswith("limit=")
    )
    answer = ANSWERS.get(f"{plain}?{rest}" if rest else plain, ANSWERS["unknown kind"])
    return answer["status"], json.dumps(answer["body"]).encode()


def well(path: str) -> tuple[int, bytes]:
    """A cluster in which there is nothing."""
    if path == "/version" or path.startswith("/version?"):
        return 200, b'{"gitVersion": "v1.36.3"}'
    return 200, b'{"metadata": {"resourceVersion": "1"}, "items": []}'


@contextmanager
def served(answer: Answer, folder: Path) -> Iterator[Path]:
    """A kubeconfig for a server that answers so; None hangs up."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = answer(self.path)
            if given is None:
                self.close_connection = True
                return
            self.send_response(given[0])
            self.send_header("Content-Length", str(len(given[1])))
            self.end_headers()
            self.wfile.write(given[1])

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  as the base class calls it
            """Not to standard error."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        path = folder / "kubeconfig"
        path.write_text(json.dumps(config(f"http://127.0.0.1:{server.server_address[1]}")))
        yield path
        server.shutdown()


def config(url: str) -> Mapping[str, object]:
    """A kubeconfig."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
    }


@pytest.mark.servers
class TestExitCodes:
    """0 fine, 1 findings, 2 could not look."""

    def test_fine(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with served(well, tmp_path) as path:
            assert main(["doctor", "--kubeconfig", str(path), "-o", "pretty"]) == 0
        assert capsys.readouterr().out.endswith("Nothing is wrong.\n")

    def test_findings(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with served(recorded, tmp_path) as path:
            assert main(["doctor", "--kubeconfig", str(path), "--secrets"]) == 1
        document = json.loads(capsys.readouterr().out)
        assert document["kubernetes"] == "v1.36.3"
        assert {"severity", "rule", "what", "where", "do"} == set(document["findings"][0])

    def test_exporters_are_asked_through_the_proxy(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        def answer(path: str) -> tuple[int, bytes]:
            return (200, b"# HELP\n" + SERIES + b"x 1\n" * 100_000) if "/proxy/metrics" in path else recorded(path)

        with served(answer, tmp_path) as path:
            main(["doctor", "--kubeconfig", str(path), "--metrics"])
        assert "the target galera main cannot be reached" in capsys.readouterr().out

    def test_who_refuses_behind_the_proxy_is_not_the_api_server(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with served(lambda path: (403, b"no") if "/proxy/" in path else recorded(path), tmp_path) as path:
            main(["doctor", "--kubeconfig", str(path), "--metrics"])
        whats = [one["what"] for one in json.loads(capsys.readouterr().out)["findings"] if one["rule"] == "rights"]
        assert len(whats) == 1
        assert "needs get pods/proxy" not in whats[0]

    @pytest.mark.parametrize(
        "answer", [None, (500, b"?"), (200, b"<html>"), (401, b"{}")], ids=["hangs-up", "500", "html", "401"]
    )
    def test_a_server_that_is_none(
        self, answer: tuple[int, bytes] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with served(lambda _: answer, tmp_path) as path:
            assert main(["doctor", "--kubeconfig", str(path)]) == 2
        assert capsys.readouterr().err.startswith("stratoscope doctor: could not look at the cluster: GET /version")

    def test_a_list_that_never_ends(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        def answer(path: str) -> tuple[int, bytes]:
            endless = b'{"metadata": {"resourceVersion": "1", "continue": "more"}, "items": []}'
            return (200, endless) if path.startswith("/api/v1/nodes") else well(path)

        with served(answer, tmp_path) as path:
            assert main(["doctor", "--kubeconfig", str(path), "--deadline", "1s"]) == 1
        assert "give more with --deadline" in capsys.readouterr().out

    def test_nobody_there(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "kubeconfig"
        path.write_text(json.dumps(config("http://127.0.0.1:1")))
        assert main(["doctor", "--kubeconfig", str(path)]) == 2
        assert "no answer from http://127.0.0.1:1" in capsys.readouterr().err


def arguments(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**({"kubeconfig": None, "context": "", "deadline": 120.0} | given))


class TestAccess:
    """The API server is found as kubectl finds it."""

    def test_the_argument_goes_first(self, tmp_path: Path) -> None:
        one, other = tmp_path / "one", tmp_path / "other"
        one.touch()
        other.touch()
        assert access_of(arguments(kubeconfig=one), {"KUBECONFIG": str(other)}).kubeconfig == one

    def test_then_the_variable_of_which_the_first_file_that_is_there(self, tmp_path: Path) -> None:
        there = tmp_path / "there"
        there.touch()
        assert access_of(arguments(), {"KUBECONFIG": f"{tmp_path}/not:{there}"}).kubeconfig == there

    def test_then_the_pod_that_it_runs_in(self) -> None:
        assert access_of(arguments(), {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}).kubeconfig is None

    def test_then_the_home_folder(self, tmp_path: Path) -> None:
        with pytest.raises(StratoscopeError, match=r"\.kube/config: there is no such file"):
            access_of(arguments(), {"HOME": str(tmp_path)})

    def test_a_context_needs_a_file(self) -> None:
        with pytest.raises(StratoscopeError, match="is of no use without kubeconfig"):
            access_of(arguments(context="x"), {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})


@pytest.mark.parametrize("text", ["0", "5", "100ms", "x"])
def test_a_deadline_that_is_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "--deadline", text])
    assert "--deadline" in capsys.readouterr().err
