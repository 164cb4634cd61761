"""`python -m evertunnel` is `evertunnel`."""

import sys

from evertunnel.cli.main import main

sys.exit(main())
