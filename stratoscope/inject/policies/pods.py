"""What an expression says of a container: its mounts, which of them a sidecar is given, its user. As `inject.mounts` does."""

from collections.abc import Sequence

from stratoscope.inject.policies.cel import literal

_STRIPPED = "m.mountPath != '/' && m.mountPath.endsWith('/') ? m.mountPath.substring(0, m.mountPath.size() - 1) : m.mountPath"
_LINKS = (("/var/run", "/run"), ("/var/lock", "/run/lock"))


def _plain(name: str) -> str:
    """A path without the links that every image has."""
    made = name
    for link, target in reversed(_LINKS):
        made = f"({name} == '{link}' || {name}.startsWith('{link}/') ? '{target}' + {name}.substring({len(link)}) : {made})"
    return made


def container(name: str) -> str:
    """A container of the pod, by its name."""
    return f"object.spec.containers.filter(c, c.name == '{name}')[0]"


def mounts(of: str) -> str:
    """The mounts of a container, each with its place."""
    stripped = f"{of}.?volumeMounts.orValue([]).map(m, {{'mount': dyn(m), 'place': dyn({_STRIPPED})}})"
    return f"{stripped}.map(x, {{'mount': x.mount, 'place': dyn({_plain('x.place')})}})"


def seen(of: str, path: str) -> str:
    """Whether there is a mount at a path, below it, or above it where that can be narrowed; `of` is a list of `mounts`."""
    within = f"x.place == '{path}' || x.place.startsWith('{path}/')"
    narrowed = f"{_nearest(of, repr(path))} && !has(x.mount.subPathExpr)"
    return f"{of}.exists(x, {within} || ({narrowed}))"


def _nearest(of: str, path: str) -> str:
    """Whether a mount `x` is above a path, and no other one nearer."""
    return f"{_above('x', path)} && !{of}.exists(y, {_above('y', path)} && y.place.size() > x.place.size())"


def _above(mount: str, path: str) -> str:
    return f"({mount}.place != '/' && {path}.startsWith({mount}.place + '/'))"


def copied(of: str, paths: Sequence[str]) -> str:
    """The mounts by which another container sees these paths as this one does: at and below them, parts of what is above."""
    listed = "[" + ", ".join(f"'{one}'" for one in dict.fromkeys(paths)) + "]"
    if not paths:
        return "[]"
    within = f"{of}.filter(x, {listed}.exists(p, x.place == p || x.place.startsWith(p + '/')))"
    same = f"{within}.map(x, {_copy('x.mount', 'x.mount.mountPath', _SUB_PATH)})"
    lacking = f"{listed}.filter(p, !{of}.exists(x, x.place == p) && {of}.exists(x, {_above('x', 'p')}))"
    nearest = f"{of}.filter(x, {_nearest(of, 'p')})[0]"
    held = f"{lacking}.map(p, {{'path': dyn(p), 'held': dyn({nearest})}}).filter(h, !has(h.held.mount.subPathExpr))"
    above = "(h.held.mount.?subPath.orValue('') == '' ? '' : h.held.mount.subPath + '/')"
    deeper = f"{above} + h.path.substring(h.held.place.size() + 1)"
    narrowed = f"{held}.map(h, {_copy('h.held.mount', 'h.path', f'optional.of(dyn({deeper}))')})"
    return f"{same} + {narrowed}"


_SUB_PATH = "x.mount.?subPath.orValue('') != '' ? optional.of(dyn(x.mount.subPath)) : optional.none()"


def _copy(mount: str, path: str, sub_path: str) -> str:
    passes = f"{mount}.?mountPropagation.orValue('') in ['Bidirectional', 'HostToContainer']"
    return (
        f"dyn({{'name': dyn({mount}.name), 'mountPath': dyn({path}), 'readOnly': dyn(true), ?'subPath': {sub_path}, "
        f"?'mountPropagation': {passes} ? optional.of(dyn('HostToContainer')) : optional.none()}})"
    )


def user(of: str, own: int) -> str:
    """The user that a container names, or its pod; else root, or `own` where they must not be root."""
    return f"{_named_user(of)}.orValue({_must_not_be_root(of)} ? {own} : 0)"


def group(of: str, own: int) -> str:
    """The group that a container names, or its pod; as an optional."""
    named = f"{of}.?securityContext.?runAsGroup.or(object.spec.?securityContext.?runAsGroup)"
    return f"(!{_named_user(of)}.hasValue() && {_must_not_be_root(of)} ? optional.of({own}) : {named})"


def _named_user(of: str) -> str:
    return f"{of}.?securityContext.?runAsUser.or(object.spec.?securityContext.?runAsUser)"


def _must_not_be_root(of: str) -> str:
    return f"{of}.?securityContext.?runAsNonRoot.or(object.spec.?securityContext.?runAsNonRoot).orValue(false)"


def no_port(port: int) -> str:
    """No container of the pod declares a port."""
    kinds = ("containers", "initContainers")
    return " && ".join(
        f"!object.spec.?{kind}.orValue([]).exists(c, c.?ports.orValue([])"
        f".exists(p, p.containerPort == {port} || p.?hostPort.orValue(0) == {port}))"
        for kind in kinds
    )


def has_label(key: str, value: str) -> str:
    """Whether the pod has a label."""
    return f"object.metadata.?labels[{literal(key)}].orValue('') == {literal(value)}"
