"""What only Fluent Bit can tell is asked where it is installed; tests/collectors/forward says loudly when it is not."""

from tests.servers.forward_link import real_one

collect_ignore = [] if real_one() else ["test_with_fluent_bit.py"]
