"""How to log in: clouds.yaml, secure.yaml, the variables of an openrc."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from exporters.agents.clouds import Access, CloudError, from_environment, from_files
from exporters.agents.login import access, plugin
from exporters.agents.settings import AgentsSettings, ApplicationCredential, CloudsYaml, Environment, Password
from parsers.secret import Secret

AUTH = {
    "auth_url": "https://keystone.example/v3",
    "username": "u",
    "password": "p",
    "project_name": "admin",
    "user_domain_name": "Default",
}
CLOUDS = """
clouds:
  main:
    auth:
      auth_url: https://keystone.example/v3
      username: watcher
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
    region_name: north
    interface: internal
    cacert: /etc/ssl/cloud.pem
  other:
    profile: vendor
    auth: {username: x, password: y, project_name: z}
    regions: [a, {name: b}]
    verify: false
"""


def read(files: Mapping[str, str], cloud: str = "main", environment: Mapping[str, str] | None = None) -> Access:
    return from_files(cloud, None, environment or {"HOME": "/home/u"}, lambda path: files.get(str(path)))


def test_an_entry_and_its_secrets_that_stand_beside_it() -> None:
    found = read(
        {
            "/home/u/.config/openstack/clouds.yaml": CLOUDS,
            "/home/u/.config/openstack/secure.yaml": "clouds: {main: {auth: {password: s3cret}}}",
        }
    )
    assert found.options["password"] == "s3cret"
    assert found.options["username"] == "watcher"
    assert (found.auth_type, found.regions, found.interface) == ("password", ("north",), "internal")
    assert found.verify == "/etc/ssl/cloud.pem"
    assert "s3cret" not in repr(found)


def test_the_working_directory_comes_first_and_the_system_last() -> None:
    files = {f"{place}clouds.yaml": f"clouds: {{main: {{auth: {{auth_url: of{place}}}}}}}" for place in ("", "/etc/openstack/")}
    assert read(files).options["auth_url"] == "of"
    del files["clouds.yaml"]
    assert read(files).options["auth_url"] == "of/etc/openstack/"


def test_a_named_file_is_the_only_one() -> None:
    files = {"/x.yaml": "clouds: {main: {auth: {auth_url: x}}}", "clouds.yaml": CLOUDS}
    assert read(files, environment={"OS_CLIENT_CONFIG_FILE": "/x.yaml"}).options["auth_url"] == "x"
    with pytest.raises(CloudError, match=r"no clouds\.yaml: looked for /y\.yaml"):
        read(files, environment={"OS_CLIENT_CONFIG_FILE": "/y.yaml"})


def test_a_profile_lies_under_the_entry() -> None:
    public = "public-clouds: {vendor: {auth: {auth_url: https://vendor.example, username: none}, interface: admin}}"
    found = read({"clouds.yaml": CLOUDS, "clouds-public.yaml": public}, "other")
    assert (found.options["auth_url"], found.options["username"]) == ("https://vendor.example", "x")
    assert (found.regions, found.interface, found.verify) == (("a", "b"), "admin", False)


def test_old_names_of_settings() -> None:
    entry = (
        "clouds: {main: {auth: {auth_url: x, tenant_name: t}, endpoint_type: internalURL, insecure: 'true', cert: c, key: k}}"
    )
    found = read({"clouds.yaml": entry})
    assert found.options["project_name"] == "t"
    assert (found.interface, found.verify, found.cert) == ("internal", False, ("c", "k"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("clouds: {}", "clouds.yaml: no cloud 'main' in it (there are: none)"),
        ("clouds: {a: {}, b: {}}", "no cloud 'main' in it (there are: a, b)"),
        ("", "clouds.yaml: no clouds in it"),
        ("clouds: {main: {region_name: x}}", "clouds.yaml: cloud 'main': no auth.auth_url"),
        ("clouds: {main: {profile: nobody, auth: {auth_url: x}}}", "has the profile 'nobody'"),
        ("clouds:\n  main:\n   auth: {password: hunter2, x", "clouds.yaml:3: no YAML"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_without_showing_it(text: str, told: str) -> None:
    with pytest.raises(CloudError) as caught:
        read({"clouds.yaml": text})
    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "clouds.yaml").mkdir()
    with pytest.raises(CloudError, match="cannot be read: Is a directory"):
        from_files("main", tmp_path / "clouds.yaml", {})


def test_the_variables_of_an_openrc() -> None:
    environment = {f"OS_{key.upper()}": value for key, value in AUTH.items()}
    found = from_environment({**environment, "OS_REGION_NAME": "north", "OS_INTERFACE": "internal", "OS_CACERT": "/ca"})
    assert dict(found.options) == AUTH
    assert (found.regions, found.interface, found.verify) == (("north",), "internal", "/ca")
    with pytest.raises(CloudError, match="OS_AUTH_URL is not set"):
        from_environment({})


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"application_credential_id": "i", "application_credential_secret": "s"}, "v3applicationcredential"),
        ({"token": "t", "project_id": "p"}, "token"),
        ({"username": "u", "password": "p"}, "password"),
    ],
)
def test_the_kind_of_login_is_seen_from_what_it_has(options: Mapping[str, str], kind: str) -> None:
    environment = {f"OS_{key.upper()}": value for key, value in {"auth_url": "https://k.example", **options}.items()}
    assert from_environment(environment).auth_type == kind


def test_settings_go_before_what_the_login_says(tmp_path: Path) -> None:
    (tmp_path / "clouds.yaml").write_text(CLOUDS)
    login = CloudsYaml("main", file=tmp_path / "clouds.yaml")
    found = access(AgentsSettings("c", login, regions=("south",), interface="admin", ca_file=Path("/ca.pem")), {})
    assert (found.regions, found.interface, found.verify) == (("south",), "admin", "/ca.pem")
    found = access(AgentsSettings("c", login), {})
    assert (found.regions, found.interface) == (("north",), "internal")


def test_every_login_becomes_a_plugin() -> None:
    url = "https://keystone.example/v3"
    environment = {f"OS_{key.upper()}": value for key, value in AUTH.items()}
    for login in (
        Password(url, "u", Secret("p"), "admin"),
        ApplicationCredential(url, "id", Secret("s")),
        Environment(),
    ):
        made = plugin(access(AgentsSettings("c", login), environment))
        assert getattr(made, "auth_url", None) == url


def test_options_that_a_plugin_does_not_know_or_misses() -> None:
    with pytest.raises(CloudError, match="knows no colour: take it out of auth"):
        plugin(Access("password", {**AUTH, "colour": "red"}))
    with pytest.raises(CloudError, match="no such plugin installed"):
        plugin(Access("v4magic", AUTH))
    with pytest.raises(CloudError, match="needs auth_url in auth"):
        plugin(Access("v3password", {"user_id": "u", "password": "p"}))
    with pytest.raises(CloudError, match="provide either a user_domain_id or user_domain_name"):
        plugin(Access("v3password", {key: value for key, value in AUTH.items() if key != "user_domain_name"}))
    plugin(
        Access(
            "v3applicationcredential",
            {
                "auth_url": "x",
                "application_credential_id": "i",
                "application_credential_secret": "s",
                "user_domain_name": "Default",
            },
        )
    )
