"""`python -m stratoscope`."""

import sys

from stratoscope.cli import main

sys.exit(main())
