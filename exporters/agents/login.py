"""From the settings to a plugin of keystoneauth1 that logs in."""

import urllib.parse
from collections.abc import Mapping
from dataclasses import replace

import keystoneauth1.exceptions
import keystoneauth1.loading
from keystoneauth1.plugin import BaseAuthPlugin

from exporters.agents.clouds import Access, CloudError, from_environment, from_files
from exporters.agents.settings import AgentsSettings, ApplicationCredential, CloudsYaml, Environment, Login


def access(settings: AgentsSettings, environment: Mapping[str, str]) -> Access:
    """How to log in, with what the settings say over what the login says. Reads clouds.yaml. Raises CloudError."""
    found = _access(settings.login, environment)
    return replace(
        found,
        regions=settings.regions or found.regions,
        interface=settings.interface or found.interface,
        verify=str(settings.ca_file) if settings.ca_file else found.verify,
    )


def _access(login: Login, environment: Mapping[str, str]) -> Access:
    if isinstance(login, CloudsYaml):
        return from_files(login.cloud, login.file, environment)
    if isinstance(login, Environment):
        return from_environment(environment)
    if isinstance(login, ApplicationCredential):
        return Access(
            "v3applicationcredential",
            {
                "auth_url": login.auth_url,
                "application_credential_id": login.id,
                "application_credential_secret": login.secret.reveal(),
            },
        )
    return Access(
        "password",
        {
            "auth_url": login.auth_url,
            "username": login.username,
            "password": login.password.reveal(),
            "project_name": login.project_name,
            "user_domain_name": login.user_domain_name,
            "project_domain_name": login.project_domain_name,
        },
    )


def plugin(how: Access) -> BaseAuthPlugin:
    """The plugin. Raises CloudError for an unknown one, and for options that it does not know or misses."""
    kind = "v3password" if _is_v3(how) else how.auth_type
    try:
        loader: keystoneauth1.loading.BaseLoader[BaseAuthPlugin] = keystoneauth1.loading.get_plugin_loader(kind)
    except keystoneauth1.exceptions.NoMatchingPlugin:
        raise CloudError(f"auth_type {how.auth_type!r}: keystoneauth1 has no such plugin installed") from None
    names = {option.dest for option in loader.get_options()}
    options = {key: value for key, value in how.options.items() if key in names}
    if unknown := sorted(set(how.options) - names - _HARMLESS):
        raise CloudError(f"auth_type {how.auth_type!r} knows no {', '.join(unknown)}: take it out of auth, or set auth_type")
    try:
        made: BaseAuthPlugin = loader.load_from_options(**options)
    except keystoneauth1.exceptions.MissingRequiredOptions as error:
        missing = ", ".join(option.dest for option in error.options)
        raise CloudError(f"auth_type {how.auth_type!r} needs {missing} in auth") from None
    except keystoneauth1.exceptions.ClientException as error:
        raise CloudError(f"auth_type {how.auth_type!r}: {error}") from None
    return made


def _is_v3(how: Access) -> bool:
    """Whether all is told that the plugin `password` would ask Keystone for at each start: its version, and the domains."""
    path = urllib.parse.urlsplit(str(how.options.get("auth_url"))).path.rstrip("/")
    domains = {key.removesuffix("_name").removesuffix("_id") for key in how.options}
    return how.auth_type == "password" and path.endswith("/v3") and {"user_domain", "project_domain"} <= domains


_HARMLESS = {
    "default_domain",
    "default_domain_id",
    "default_domain_name",
    "user_domain_id",
    "user_domain_name",
    "project_domain_id",
    "project_domain_name",
}
"""Set by every openrc, and of no use where ids say it all: left out where a plugin does not know them."""
