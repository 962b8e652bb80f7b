"""OVN: its two databases, ovn-northd, the chassis and their ports, and ovn-controller on one host."""
