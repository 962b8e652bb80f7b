"""What a service's own configuration files say that it needs: its broker, its database, its Keystone, with its own logins."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from clients.sockets import Tls
from parsers.secret import Secret
from probes.oslo.configuration import DEFAULT, Configuration, read
from probes.oslo.ini import ConfigurationError
from probes.oslo.messaging import messaging
from probes.wait.model import Checked, More, Rabbit, Target
from probes.wait.targets import parse

_DATABASES = frozenset({"database", "api_database"})
_MYSQL = re.compile(r"(mysql|mariadb)(\+[a-z]+)?")


def targets_in(paths: Sequence[Path], host: str) -> tuple[Target, ...]:
    """At least one. `host`: ours, for `$host` in the files. Raises ConfigurationError."""
    configuration = read(paths, {(DEFAULT, "host"): host})
    found = (*_broker(configuration), *_databases(configuration), *_keystone(configuration))
    if not found:
        names = ", ".join(str(path) for path in paths)
        raise ConfigurationError(f"{names}: neither transport_url nor [database] connection nor auth_url; name all files")
    return found


def _broker(configuration: Configuration) -> Iterator[Target]:
    if not configuration.text(DEFAULT, "transport_url"):
        return
    found = messaging(configuration)
    places = ",".join(str(one) for one in found.transport.brokers)
    shown = f"rabbit://{places}/{found.transport.virtual_host.removeprefix('/')}"
    yield Rabbit(shown, found.transport, login=True, method=found.login_method, tls=found.tls)


def _databases(configuration: Configuration) -> Iterator[Target]:
    seen: set[str] = set()
    for section in sorted(_DATABASES):
        url, found = configuration.text(section, "connection"), configuration.assignment(section, "connection")
        if not url or found is None:
            continue
        target = _database(url, found.where)
        if target is not None and target.shown not in seen:
            seen.add(target.shown)
            yield target


def _database(url: str, where: str) -> Checked | None:
    """None where it is no MySQL. The URL is SQLAlchemy's."""
    try:
        parts = urlsplit(url)
        port = parts.port or 3306
    except ValueError:
        raise ConfigurationError(f"{where}: connection is no URL; the service cannot use it either") from None
    if not _MYSQL.fullmatch(parts.scheme) or not parts.hostname:
        return None
    options = parse_qs(parts.query)
    ca = options.get("ssl_ca", [""])[0]
    pair = [Path(name) if (name := options.get(key, [""])[0]) else None for key in ("ssl_cert", "ssl_key")]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    user = unquote(parts.username or "")
    asked = {
        "address": f"tcp:{host}:{port}", "user": user, "password": Secret(unquote(parts.password or "")), "cluster": False,
        "tls": Tls(Path(ca), *pair) if ca else None, "data_dir": Path("/dev/null"),
    }  # fmt: skip
    return Checked(f"mysql://{user}@{host}:{port}", "mysql", asked)


def _keystone(configuration: Configuration) -> Iterator[Target]:
    url = configuration.text("keystone_authtoken", "auth_url")
    if not url:
        return
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)  # unlike keystone://, as it is a URL of HTTP here
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        scheme = "keystone+https" if parts.scheme == "https" else "keystone"
        more = More(ca=_path(configuration.text("keystone_authtoken", "cafile")))
        yield parse(f"{scheme}://{host}:{port}{parts.path}", more)
    except ValueError as error:
        raise ConfigurationError(f"[keystone_authtoken] auth_url: {error}") from error


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
