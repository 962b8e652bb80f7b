"""What a scrape of a real Open vSwitch costs, here and in ovs-vswitchd, beside scripts that call ovs-vsctl and ovs-appctl."""
