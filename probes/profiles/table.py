"""All profiles, in one literal table."""

from probes.model import Profile
from probes.profiles import api, backends, hosts, neutron, nova, services, storage

PROFILES: tuple[Profile, ...] = (
    *nova.PROFILES,
    *neutron.PROFILES,
    *storage.PROFILES,
    *services.PROFILES,
    *api.PROFILES,
    *hosts.PROFILES,
    *backends.PROFILES,
)


def named(name: str) -> Profile:
    """The profile of that name. Raises LookupError, which says what there is."""
    for profile in PROFILES:
        if profile.name == name:
            return profile
    near = [one.name for one in PROFILES if name and (name in one.name or one.name in name)]
    hint = f"did you mean {', '.join(near)}?" if near else f"there are: {', '.join(one.name for one in PROFILES)}"
    raise LookupError(f"there is no profile {name!r}; {hint}")
