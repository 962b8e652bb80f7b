"""Cinder and Manila. Their APIs are in `probes.profiles.api`."""

from probes.model import Profile
from probes.profiles import parts
from probes.profiles.parts import KERNEL, OSLO_NEVER, USUAL, program, rpc

_BACKEND = (
    "A storage backend is down: the service then stops its own heartbeat on purpose, and a restart loop would keep all other "
    "backends from working."
)

VOLUME = Profile(
    "cinder-volume",
    "Cinder's volume service: volumes of one or several backends.",
    program("cinder-volume"),
    (rpc("openstack", "cinder-volume", "3.0", server="{host}@{backend}"), *KERNEL),
    start_seconds=900.0,
    grace_seconds=600.0,
    hang_after=120.0,
    never=(*OSLO_NEVER, _BACKEND, parts.NEVER_HEARTBEAT),
    privileges=USUAL,
    report_signal="SIGUSR2",
)

SCHEDULER = Profile(
    "cinder-scheduler",
    "Cinder's scheduler.",
    program("cinder-scheduler"),
    (rpc("openstack", "cinder-scheduler", "3.0"), *KERNEL),
    start_seconds=300.0,
    grace_seconds=90.0,
    never=(*OSLO_NEVER, parts.NEVER_HEARTBEAT),
    privileges=USUAL,
    report_signal="SIGUSR2",
)

BACKUP = Profile(
    "cinder-backup",
    "Cinder's backup service.",
    program("cinder-backup"),
    (rpc("openstack", "cinder-backup", "2.0"), *KERNEL),
    start_seconds=300.0,
    grace_seconds=3600.0,
    hang_after=120.0,
    never=(*OSLO_NEVER, "The store of the backups is slow: a backup that is cut off is lost.", parts.NEVER_HEARTBEAT),
    privileges=USUAL,
    drain=(parts.work("cinder-backup", "Backups that are under way are finished: one that is cut off must be made anew."),),
    report_signal="SIGUSR2",
)


def _manila(name: str, title: str, start_seconds: float, grace_seconds: float, **more: object) -> Profile:
    return Profile(
        name,
        title,
        program(name),
        (rpc("openstack", name, "1.0", **more), *KERNEL),
        start_seconds=start_seconds,
        grace_seconds=grace_seconds,
        hang_after=120.0,
        never=(*OSLO_NEVER, _BACKEND, parts.NEVER_HEARTBEAT),
        privileges=USUAL,
        report_signal="SIGUSR2",
    )


MANILA_SHARE = _manila(
    "manila-share", "Manila's share service. Several backends: name one as `server` (HOST@BACKEND).", 900.0, 600.0
)
MANILA_SCHEDULER = _manila("manila-scheduler", "Manila's scheduler.", 300.0, 90.0)
MANILA_DATA = _manila("manila-data", "Manila's data service: copies between shares.", 300.0, 3600.0)

PROFILES = (VOLUME, SCHEDULER, BACKUP, MANILA_SHARE, MANILA_SCHEDULER, MANILA_DATA)
