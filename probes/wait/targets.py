"""Targets as they are written: `galera://nova@mariadb:3306`, `job/nova-db-sync`, `ovsdb:unix:/run/openvswitch/db.sock`. Pure.

A password never stands in one: arguments are seen by everybody on the node, and are kept in the pod's manifest. No text of a
target goes into an error before it is known that it holds none.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from clients.http1 import HttpsFiles
from clients.http1 import Target as HttpTarget
from clients.sockets import Endpoint, Tls
from parsers.secret import Secret
from probes.oslo.messaging import RabbitTls
from probes.oslo.transport import Transport, TransportError
from probes.oslo.transport import parse as transport_of
from probes.wait.model import Checked, File, Kube, More, Rabbit, Target

FORMS = (
    (
        "rabbit://[USER@]HOST[:5672][,HOST...]/VHOST",
        "AMQP login to Connection.OpenOk; without USER the greeting",
    ),
    ("mysql://[USER@]HOST[:3306]", "MariaDB or MySQL: login, and not read-only; without USER its greeting"),
    ("galera://USER@HOST[:3306]", "the same, and a member of a Primary component that is Synced (or a Donor that serves)"),
    ("memcached://HOST[:11211]", "`version` is answered"),
    ("http(s)://HOST[:PORT]/PATH", "GET is answered with a status under 400"),
    ("keystone://HOST[:5000][/v3]", "GET is answered with 200 and the document of version 3; `keystone+https://` over TLS"),
    ("ovsdb:unix:/PATH, ovsdb:tcp:HOST:PORT", "it has its database; a raft member sees a leader. `?database=NAME`"),
    ("tcp://HOST:PORT", "it accepts: the kernel does, which says little"),
    ("socket:/PATH", "a unix socket accepts"),
    ("file:/PATH", "the file is there"),
    ("job/NAME, job/NAMESPACE/NAME", "the job is complete"),
    ("service/NAME, service/NAMESPACE/NAME", "the service has a ready endpoint"),
    ("pod/LABEL=VALUE[,LABEL=VALUE]", "a pod with these labels is ready; `?node=own`: on the same node"),
)
"""Every form, and when it counts as there."""

_OVSDB_PORTS = {6641: "OVN_Northbound", 6642: "OVN_Southbound"}
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_SELECTOR = re.compile(r"[A-Za-z0-9./_-]+=[A-Za-z0-9._-]+(,[A-Za-z0-9./_-]+=[A-Za-z0-9._-]+)*")
_TLS_RABBIT = ("rabbits", "amqps", "rabbit+ssl", "amqp+ssl", "rabbit+tls")


class TargetMistakeError(ValueError):
    """It cannot be waited for. `str()` says why and what to write, without a secret."""


def parse(text: str, more: More | None = None) -> Target:
    """Read it. Raises TargetMistakeError."""
    if text.startswith(("job/", "service/", "pod/")):
        return _kube(text)
    scheme, colon, _ = text.partition(":")
    if not colon or (known := _SCHEMES.get(scheme.lower())) is None:
        kinds = ", ".join(
            (*(f"{name}:" for name in _SCHEMES if "+" not in name and name != "amqps"), "job/", "service/", "pod/")
        )
        raise TargetMistakeError(f"{hidden(text)!r} is no target; begin with one of {kinds}")
    if _has_password(text):
        raise TargetMistakeError(
            f"{hidden(text)}: a password must not stand in a target, where everybody sees it; write USER@HOST and "
            "?password-file=PATH or ?password-env=NAME"
        )
    read, names = known
    options = options_of(text)
    if unknown := options.keys() - names:
        can = f"; behind ? it can have {', '.join(sorted(names))}" if names else ""
        raise TargetMistakeError(f"{hidden(text)}: {min(unknown)[:40]!r} is not known here{can}")
    try:
        return read(text, replace(more or More(), options=options))
    except TargetMistakeError:
        raise
    except ValueError as error:
        said = "this cannot be read" if "@" in text else str(error)  # others show the text as it is
        raise TargetMistakeError(f"{hidden(text)}: {said}; see the table of targets in docs/probes/wait.md") from error


def hidden(text: str) -> str:
    """A text without what may be a login, fit to be shown."""
    shown = re.sub(r"^([a-z+]*:?/*).*@", r"\1***@", text, flags=re.DOTALL).partition("?")[0]
    return "".join(letter if letter.isprintable() else "?" for letter in shown)[:120]


def options_of(text: str) -> dict[str, str]:
    """What stands behind `?`, of the kinds of targets in which it is ours."""
    if text.partition(":")[0].lower() in {"http", "https"}:
        return {}
    return dict(parse_qsl(text.partition("?")[2], keep_blank_values=True))


def _rabbit(text: str, more: More) -> Rabbit:
    before = text.partition("?")[0]
    hosts = before.partition("://")[2].partition("/")[0]
    logins = {one.rpartition("@")[0] for one in hosts.split(",") if "@" in one}
    if logins and more.password is None:
        raise TargetMistakeError(f"{hidden(text)}: a user needs a password; add ?password-file=PATH or ?password-env=NAME")
    try:
        found = transport_of(before)
    except TransportError as error:
        raise TargetMistakeError(f"{hidden(text)}: {str(error).replace('transport_url', 'it')}") from error
    if more.password is not None:
        found = _with_password(found, more.password)
    tls = before.startswith(_TLS_RABBIT) or more.ca is not None
    files = RabbitTls(more.ca, more.certificate, more.key, verify_host=True) if tls else None
    return Rabbit(before, found, bool(logins), tls=files)


def _mysql(text: str, more: More) -> Checked:
    url = _split(text, "mysql://mariadb:3306")
    user = unquote(url.username or "")
    cluster = url.scheme == "galera"
    if cluster and not user:
        raise TargetMistakeError(
            f"{hidden(text)}: a login tells the state of a node, its greeting does not: write galera://USER@HOST, or mysql://"
        )
    at = more.options.get("socket")
    address = f"unix:{at}" if at else f"tcp:{_place(url, 3306)}"
    Endpoint.parse(address)
    tls = Tls(more.ca, more.certificate, more.key) if more.ca is not None else None
    options = {"address": address, "user": user, "password": more.password, "tls": tls, "cluster": cluster}
    return Checked(text.partition("?")[0], "mysql", options | {"data_dir": Path("/dev/null")})  # not ours: it is elsewhere


def _memcached(text: str, _: More) -> Checked:
    address = f"tcp:{_place(_split(text, 'memcached://HOST:11211'), 11211)}"
    Endpoint.parse(address)
    return Checked(text, "memcached", {"address": address, "full": 1.0})


def _http(text: str, more: More) -> Checked:
    if "@" in text.partition("://")[2].partition("/")[0]:
        raise TargetMistakeError(f"{hidden(text)}: nobody logs in here; ask for something that needs no login")
    shown = str(HttpTarget.parse(text))
    tls = HttpsFiles(more.ca, more.certificate, more.key)
    return Checked(shown, "http", {"url": text, "status": more.status, "body": more.body, "tls": tls})


def _keystone(text: str, more: More) -> Checked:
    url = _split(text, "keystone://HOST:5000/v3")
    scheme = "https" if url.scheme == "keystone+https" else "http"
    path = url.path.rstrip("/")
    asked = f"{scheme}://{_place(url, 5000)}{path if path.endswith('/v3') else path + '/v3'}"
    HttpTarget.parse(asked)
    tls = HttpsFiles(more.ca, more.certificate, more.key)
    return Checked(text, "http", {"url": asked, "status": (200,), "body": '"v3.', "tls": tls})


def _ovsdb(text: str, more: More) -> Checked:
    remote = text.partition("?")[0].partition(":")[2]
    endpoint = Endpoint.parse(remote)
    if endpoint.kind == "ssl" and more.ca is None:
        raise TargetMistakeError(f"{text}: ssl: needs a certificate authority; write this target in a file, with `ca`")
    named = more.options.get("database")
    tls = Tls(more.ca, more.certificate, more.key) if more.ca is not None else None
    database = named or _OVSDB_PORTS.get(endpoint.port) or _database_of(endpoint.host)
    return Checked(text, "ovsdb", {"remote": remote, "database": database, "tls": tls})


def _database_of(path: str) -> str:
    """OVN calls its sockets ovnnb_db.sock and ovnsb_db.sock."""
    return {"ovnnb_db.sock": "OVN_Northbound", "ovnsb_db.sock": "OVN_Southbound"}.get(path.rpartition("/")[2], "Open_vSwitch")


def _tcp(text: str, _: More) -> Checked:
    url = _split(text, "tcp://HOST:PORT")
    if url.port is None:
        raise TargetMistakeError(f"{hidden(text)}: a port is missing; write tcp://HOST:PORT")
    address = f"tcp:{_place(url, 0)}"
    Endpoint.parse(address)
    return Checked(text, "tcp", {"address": address})


def _socket(text: str, _: More) -> Checked:
    return Checked(text, "tcp", {"address": f"unix:{_path(text)}"})


def _file(text: str, _: More) -> File:
    return File(text, Path(_path(text)))


def _path(text: str) -> str:
    path = text.partition(":")[2]
    path = path[2:] if path.startswith("///") else path
    if not path.startswith("/") or "\0" in path:
        raise TargetMistakeError(f"{hidden(text)}: the path is not absolute; write {text.partition(':')[0]}:/PATH")
    return path


def _kube(text: str) -> Kube:
    kind, _, rest = text.partition("/")
    place, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    namespace, _, name = place.rpartition("/") if kind != "pod" else _of_pods(place)
    right = _SELECTOR if kind == "pod" else _NAME
    if not right.fullmatch(name) or (namespace and not _NAME.fullmatch(namespace)):
        form = "pod/LABEL=VALUE,LABEL=VALUE" if kind == "pod" else f"{kind}/NAME or {kind}/NAMESPACE/NAME"
        raise TargetMistakeError(f"{hidden(text)}: this is no name of Kubernetes; write {form}")
    if options and (kind != "pod" or options != {"node": "own"}):
        raise TargetMistakeError(f"{hidden(text)}: behind ? only node=own is known, and for pods only")
    return Kube(text, kind, name, namespace, bool(options))


def _of_pods(place: str) -> tuple[str, str, str]:
    """Namespace and selector: labels may have a slash, but in front of the first `=` only behind a dot of their prefix."""
    namespace, slash, rest = place.partition("/")
    if slash and "=" not in namespace and "." not in namespace:
        return namespace, slash, rest
    return "", "", place


def _split(text: str, form: str) -> SplitResult:
    url = urlsplit(text)
    if not url.hostname and "socket=" not in url.query:
        raise TargetMistakeError(f"{hidden(text)}: there is no host in it; write {form}")
    _ = url.port  # a ValueError where it is none
    return url


def _place(url: SplitResult, port: int) -> str:
    host = url.hostname or ""
    return f"[{host}]:{url.port or port}" if ":" in host else f"{host}:{url.port or port}"


def _with_password(found: Transport, password: Secret) -> Transport:
    return replace(found, brokers=tuple(replace(one, password=password) for one in found.brokers))


def _has_password(text: str) -> bool:
    """Whether something behind `://` may be one: a colon in front of an `@`.

    A password may have slashes and commas, too. So a user stands in front of each of several hosts or of none, and a path has
    no `@`, which is written %40 there.
    """
    hosts, _, path = text.partition("://")[2].partition("?")[0].partition("/")
    places = hosts.split(",")
    users = sum("@" in one for one in places)
    return ":" in hosts and (
        "@" in path or users not in {0, len(places)} or any(":" in one.rpartition("@")[0] for one in places)
    )


_LOGIN = frozenset({"password-file", "password-env"})
_NONE: frozenset[str] = frozenset()
_SCHEMES: dict[str, tuple[Callable[[str, More], Target], frozenset[str]]] = {
    **dict.fromkeys(("rabbit", "amqp", *_TLS_RABBIT), (_rabbit, _LOGIN)),
    **dict.fromkeys(("mysql", "galera"), (_mysql, _LOGIN | {"socket"})),
    "memcached": (_memcached, _NONE),
    **dict.fromkeys(("http", "https"), (_http, _NONE)),
    **dict.fromkeys(("keystone", "keystone+https"), (_keystone, _NONE)),
    "ovsdb": (_ovsdb, frozenset({"database"})),
    "tcp": (_tcp, _NONE),
    "socket": (_socket, _NONE),
    "file": (_file, _NONE),
}
"""How each is read, and what may stand behind its `?`."""
