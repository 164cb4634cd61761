"""`python -m evertunnel` is `evertunnel`."""

import sys

from evertunnel.cli.main import program

sys.exit(program())
