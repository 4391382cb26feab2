"""The command line as ``python -m mrt_studio.cli``."""

import sys

from mrt_studio.cli import main

sys.exit(main())
