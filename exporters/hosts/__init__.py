"""One state per hypervisor, joined from what the other exporters of this process have seen of it."""
