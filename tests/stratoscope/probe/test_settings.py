"""The settings file of probe: its mistakes (a file each in tests/data/settings/probe), and what a service is made of."""

import pickle
from pathlib import Path

import pytest

from probes.model import Proof, Role
from stratoscope.probe.answer import Answer, pickled, unpickled
from stratoscope.probe.plan import PlanError
from stratoscope.probe.reader import UnreadableError, read_apart
from stratoscope.probe.reading import answer_for, settings_in
from stratoscope.probe.settings import Catalogue
from stratoscope.settings.kinds import checked
from stratoscope.settings.load import document_at
from stratoscope.settings.mistakes import SettingsError
from tests.stratoscope.probe.made import PERIOD, catalogue, demo, loaded, settings
from tests.stratoscope.probe.told import Settings

DATA = Path(__file__).parents[2] / "data" / "settings" / "probe"


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_mistake_says_where_it_is_and_what_to_do(path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_in(document_at(path), path, catalogue(), {})
    assert str(caught.value).replace(f"{DATA}/", "") + "\n" == path.with_suffix(".txt").read_text()


def test_a_profile_is_enough() -> None:
    found = loaded("services: {nova: {profile: demo}}\n")
    plan = found.plans["nova"]
    assert plan.profile == demo()
    assert plan.options["ask"] == Settings()
    assert (found.settings.listen, found.settings.policy.mode) == ("127.0.0.1:9768", "observe")


def test_what_the_settings_say_goes_before_the_profile() -> None:
    text = """
services:
  nova:
    profile: demo
    processes: [nova-compute]
    hang_after: 90s
    start_after: 5m
    checks:
      ask: {period: 20s, timeout: 8s, options: {word: hello, path: a}}
      way: {off: true}
      port: {check: tcp, roles: [readiness], proof: unanswered, options: {address: "tcp:127.0.0.1:1"}}
"""
    plan = loaded(text).plans["nova"]
    assert (plan.profile.hang_after, plan.profile.start_seconds, plan.profile.processes) == (90.0, 300.0, ("nova-compute",))
    ask, still, port = plan.profile.uses
    assert (ask.period, ask.timeout, ask.roles) == (20.0, 8.0, demo().uses[0].roles)
    assert (still.name, still.period) == ("still", PERIOD)
    assert (port.check, port.roles, port.proof) == ("tcp", frozenset({Role.READINESS}), Proof.UNANSWERED)
    assert plan.options["ask"] == Settings(path=Path("/etc/a"), word="hello")
    assert type(plan.options["ask"]) is Settings
    assert plan.options["port"].address == "tcp:127.0.0.1:1"
    assert plan.found_as == demo()


def test_the_options_of_a_profile_are_defaults_of_the_check(tmp_path: Path) -> None:
    known = Catalogue((demo(tmp_path),), catalogue().checks)
    plan = settings_in(document_at(written(tmp_path, "services: {nova: {profile: demo}}")), tmp_path, known).plans["nova"]
    assert plan.options["ask"] == Settings(path=tmp_path / "ask")


def test_a_profile_that_needs_more_than_is_known_says_so() -> None:
    found = loaded("services: {nova: {}}\n")
    assert found.plans == {}
    assert found.plan("nova", demo()).options["ask"] == Settings()
    lame = demo()
    lame.uses[0].options["nonsense"] = 1  # type: ignore[index]
    with pytest.raises(PlanError, match=r"check ask of profile demo: .*nonsense"):
        found.plan("nova", lame)


def written(folder: Path, text: str) -> Path:
    path = folder / "probe.yaml"
    path.write_text(text)
    return path


def test_another_process_reads_them_with_their_secrets(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    text = "listen: :9999\nservices: {nova: {profile: demo, checks: {ask: {options: {secret: {file: password}}}}}}\n"
    found = read_apart(written(tmp_path, text), catalogue())
    assert found.settings.listen == ":9999"
    secret = found.plans["nova"].options["ask"].secret
    assert secret.reveal() == "hunter2"
    with pytest.raises(TypeError, match="not to be written"):
        pickle.dumps(secret)


def test_another_process_tells_every_mistake_and_where_to_listen(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"probe.yaml:2: services.nova.profile: there is no profile 'x'") as caught:
        read_apart(written(tmp_path, "listen: :9999\nservices: {nova: {profile: x}}\n"), catalogue())
    assert caught.value.listen == ":9999"
    with pytest.raises(UnreadableError, match="cannot be read: No such file") as caught:
        read_apart(tmp_path / "gone.yaml", catalogue())
    assert caught.value.listen is None


def test_a_process_that_cannot_read_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnreadableError, match="could not be read"):
        read_apart(written(tmp_path, settings(tmp_path)), Catalogue((), source="tests.stratoscope.probe.nowhere:catalogue"))


def test_an_answer_goes_through_a_pipe(tmp_path: Path) -> None:
    answer = answer_for(written(tmp_path, settings(tmp_path)), catalogue())
    again = unpickled(pickled(answer))
    assert (again.settings, again.plans[0].options) == (answer.settings, answer.plans[0].options)
    assert unpickled(pickled(Answer(mistakes=("a",)))) == Answer(mistakes=("a",))


def test_the_command_check_knows_such_a_file(tmp_path: Path) -> None:
    assert checked(written(tmp_path, "services: {nova-compute: {profile: nova-compute}}\n")) == "probe"
