"""`python -m benchmarks.agents`."""

import sys

from benchmarks.agents.compare import main

sys.exit(main())
