"""Open vSwitch on one host: what the database knows, and what only ovs-vswitchd itself can tell."""
