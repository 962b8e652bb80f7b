"""The APIs. All are looked at in one way: a request, what waits at their door, and uWSGI's own numbers.

None is killed because its workers do not get round to requests: they may all be waiting for the database. What remains are the
kernel's word (stopped, dead, blocked) and silence together.
"""

from probes.model import Profile, Use
from probes.profiles import parts

_FULL = (
    "Connections that nobody accepts show that it is full. No proof of a hang: workers that all wait for a hung database look "
    "just so."
)


def api(name: str, title: str, port: int, names: tuple[str, ...], path: str = "/healthcheck", *more: Use) -> Profile:
    """An API that listens on `port`. `names`: what its WSGI application or program is called. `path`: what is asked for."""
    check = parts.http(f"http://127.0.0.1:{port}{path}", below=500)
    return Profile(
        name,
        title,
        (*parts.program(*(one for one in names if "-" in one)), *parts.wsgi(*names)),
        (check, parts.listening(port, spares=_FULL), parts.PROCESS, parts.stats(), *more),
        start_seconds=180.0,
        grace_seconds=90.0,
        never=parts.API_NEVER,
        privileges=parts.OF_PROCESSES,
        drain=(*((parts.DISABLED,) if path == "/healthcheck" else ()), parts.idle(port)),
    )


PROFILES = (
    api("nova-api-osapi", "Nova's API.", 8774, ("nova-api-wsgi", "nova-api-os-compute", "nova-api", "osapi_compute"), "/"),
    api("nova-api-metadata", "Nova's metadata API, asked by guests.", 8775, ("nova-metadata", "nova-api-metadata"), "/"),
    api("placement", "Placement's API.", 8778, ("placement-api", "placement"), "/"),
    api("keystone", "Keystone.", 5000, ("keystone-wsgi-public", "keystone-public", "keystone-api", "keystone")),
    api("glance-api", "Glance's API.", 9292, ("glance-api", "glance-wsgi-api")),
    api("neutron-server", "Neutron's API.", 9696, ("neutron-server", "neutron-api", "neutron.wsgi.api")),
    api("cinder-api", "Cinder's API.", 8776, ("cinder-api", "cinder-wsgi", "cinder.wsgi.api")),
    api("heat-api", "Heat's API.", 8004, ("heat-api", "heat-wsgi-api"), "/"),
    api("heat-api-cfn", "Heat's API for CloudFormation.", 8000, ("heat-api-cfn", "heat-wsgi-api-cfn"), "/"),
    api("octavia-api", "Octavia's API.", 9876, ("octavia-api", "octavia-wsgi")),
    api("ironic-api", "Ironic's API.", 6385, ("ironic-api", "ironic-api-wsgi"), "/"),
    api("manila-api", "Manila's API.", 8786, ("manila-api", "manila-wsgi")),
    api("designate-api", "Designate's API.", 9001, ("designate-api", "designate-api-wsgi"), "/"),
    api("magnum-api", "Magnum's API.", 9511, ("magnum-api", "magnum-api-wsgi"), "/"),
    api("barbican-api", "Barbican's API.", 9311, ("barbican-api", "barbican-wsgi-api")),
)
