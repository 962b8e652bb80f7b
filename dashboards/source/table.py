"""All pages: a literal table. A new one is a module in `pages` with a PAGE, and a row here."""

from dashboards.source.pages import agents, control_plane, galera, logs, ovn, ovs, probes, rabbitmq, stratoscope

PAGES = (
    control_plane.PAGE,
    galera.PAGE,
    rabbitmq.PAGE,
    agents.PAGE,
    ovs.PAGE,
    ovn.PAGE,
    logs.PAGE,
    probes.PAGE,
    stratoscope.PAGE,
)
"""In the order of the documents."""
