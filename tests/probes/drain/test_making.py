"""The actions of a profile, with what the operator has said about them."""

from pathlib import Path

import pytest

from clients.model import Deadline
from parsers.secret import Secret
from probes.drain.galera import Galera
from probes.drain.idle import Idle
from probes.drain.making import merged, steps
from probes.drain.settings import DrainSettings, GaleraSettings, IdleSettings, WorkSettings
from probes.drain.work import Work
from probes.model import Context, DrainStep, Profile
from probes.profiles.table import PROFILES

CONTEXT = Context("nova-compute")


def profile(*drain: DrainStep) -> Profile:
    return Profile("nova-compute", "", (), (), start_seconds=1.0, grace_seconds=60.0, drain=drain)


def test_what_the_operator_says_goes_before_the_profile_which_goes_before_the_defaults() -> None:
    made = merged(IdleSettings, {"ports": (80,), "spare": 3}, IdleSettings(ports=(8774,)))
    assert made == IdleSettings((8774,), spare=3)
    assert merged(IdleSettings, {"ports": (80,)}, None) == IdleSettings((80,))
    assert merged(IdleSettings, {}, None) == IdleSettings()


def test_the_steps_are_those_of_the_profile_in_its_order() -> None:
    wanted = profile(DrainStep("work", "", {"lines": "nova-compute"}), DrainStep("idle", "", {"ports": (80,)}))
    made = steps(wanted, DrainSettings(), CONTEXT)
    assert [(step.name, type(step.action)) for step in made] == [("work", Work), ("idle", Idle)]


def test_the_service_s_log_serves_where_no_other_is_named(tmp_path: Path) -> None:
    log, other = tmp_path / "nova.log", tmp_path / "other.log"
    log.write_text("")
    (step,) = steps(profile(DrainStep("work", "")), DrainSettings(), CONTEXT, [log])
    assert isinstance(step.action, Work)
    assert step.action.look(Deadline.after(60.0)).done
    (step,) = steps(profile(DrainStep("work", "")), DrainSettings(work=WorkSettings(log_files=(other,))), CONTEXT, [log])
    assert isinstance(step.action, Work)
    assert step.action._settings.log_files == (other,)


def test_a_password_comes_from_the_settings() -> None:
    own = DrainSettings(galera=GaleraSettings(password=Secret("x"), size=3))
    (step,) = steps(profile(DrainStep("galera", "")), own, CONTEXT)
    assert isinstance(step.action, Galera)
    assert step.action._settings.password == Secret("x")
    step.action.close()


@pytest.mark.parametrize("known", PROFILES, ids=lambda known: known.name)
def test_the_drain_of_every_profile_can_be_made(known: Profile) -> None:
    made = steps(known, DrainSettings(), Context(known.name))
    assert len(made) == len(known.drain)
    for step in made:
        step.action.close()
