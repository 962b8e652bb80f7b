"""`python -m benchmarks.files`."""

import sys

from benchmarks.files.compare import main

sys.exit(main())
