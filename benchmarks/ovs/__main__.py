"""`python -m benchmarks.ovs`."""

import sys

from benchmarks.ovs.scrapes import main

if __name__ == "__main__":
    sys.exit(main())
