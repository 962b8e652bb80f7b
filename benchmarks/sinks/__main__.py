"""`python -m benchmarks.sinks`: see `benchmarks.sinks.encoding`."""

import sys

from benchmarks.sinks.encoding import main

sys.exit(main())
