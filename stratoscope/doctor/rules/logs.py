"""Services that log into the void, or twice, or with times that nobody else writes: told from their logging.conf."""

from collections.abc import Iterator

from stratoscope.doctor.logging_conf import troubles
from stratoscope.doctor.model import File
from stratoscope.doctor.mounted import LOGGING
from stratoscope.doctor.rules.view import Told, View, note, some, warning

_OVERLAYS = "helm/overlays/openstack-helm has values for each of its charts"
_DO = {
    "null_root": f"give root a handler that writes, and the service's own logger propagate = 0; {_OVERLAYS}",
    "doubled": f"give that logger propagate = 0, or no handler; {_OVERLAYS}",
    "no_date_format": f"set datefmt = %Y-%m-%d %H:%M:%S there; {_OVERLAYS}",
    "unreadable": "look at the file; its service cannot have started with it",
}


def logs(view: View) -> Iterator[Told]:
    """What each logging.conf does wrong."""
    files = [one for one in view.cluster.files if one.key == LOGGING or LOGGING in one.key]
    for file in files:
        for trouble in troubles(file.text or ""):
            say = note if trouble.kind == "no_date_format" else warning
            yield say(trouble.what, _where(file), _DO[trouble.kind])
    unread = [one for one in files if one.text is None and one.kind == "Secret"]
    for namespace in sorted({one.namespace for one in unread}):
        names = [one.name for one in unread if one.namespace == namespace]
        yield note(
            f"logging.conf was not read where it lies in a Secret: {some(names)}",
            f"namespace {namespace}",
            "--secrets reads these; a role can allow `get` of them alone by resourceNames. They hold passwords as well",
        )


def _where(file: File) -> str:
    return f"{file.place}, of {some(file.users, 3)}"
