"""The APIs that are asked. A new one is a module, recorded answers, and a line here."""

from typing import Final

from exporters.agents import cinder, designate, heat, ironic, manila, neutron, nova, octavia
from exporters.agents.api import Api

APIS: Final[tuple[Api, ...]] = (
    nova.API,
    neutron.API,
    cinder.API,
    heat.API,
    octavia.API,
    manila.API,
    ironic.API,
    designate.API,
)
