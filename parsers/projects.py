"""Which Python packages are OpenStack services (in-app) and which are libraries (system).

Every package of a pod stands in site-packages, so the usual rule "site-packages is not ours" would mark no frame at all.
"""

PROJECTS = frozenset(
    """
    adjutant aodh barbican blazar ceilometer cinder cloudkitty congress cyborg designate ec2api freezer freezer_api glance
    gnocchi heat horizon ironic ironic_inspector ironic_python_agent keystone magnum manila masakari masakarimonitors mistral
    monasca murano networking_baremetal networking_bgpvpn networking_generic_switch networking_sfc neutron
    neutron_dynamic_routing neutron_fwaas neutron_vpnaas nova octavia openstack_auth openstack_dashboard ovn_bgp_agent
    ovn_octavia_provider panko placement qinling rally sahara searchlight senlin skyline_apiserver solum swift sysinv tacker
    tempest trove venus vitrage watcher zaqar zun
    """.split()
)
"""Top-level packages whose frames are in-app, and whose name is a service's name."""


def project_of(dotted: str | None) -> str | None:
    """The project that a module or logger name belongs to (`nova.compute.manager` -> `nova`), None for a library."""
    if not dotted:
        return None
    root = dotted.partition(".")[0]
    return root if root in PROJECTS else None
