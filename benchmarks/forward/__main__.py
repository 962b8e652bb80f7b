"""`python -m benchmarks.forward`: see `benchmarks.forward.hops`."""

import sys

from benchmarks.forward.hops import main

sys.exit(main())
