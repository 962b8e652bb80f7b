"""Mistakes that settings tell of."""

from exporters.agents.settings import AgentsSettings, Environment, Password
from parsers.secret import Secret


def test_mistakes() -> None:
    login = Password("keystone.example", "u", Secret("p"), "admin")
    wrong = AgentsSettings("c", login, components=(), stale_after=-1, max_agents=0, parallel=0)
    assert [key for key, _ in wrong.mistakes()] == ["stale_after", "max_agents", "parallel", "components", "login.auth_url"]
    assert list(AgentsSettings("c", Environment()).mistakes()) == []
