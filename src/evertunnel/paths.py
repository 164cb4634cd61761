"""Where Evertunnel keeps its things on a host."""

from pathlib import Path

ETC = Path("/etc/evertunnel")
STATE = Path("/var/lib/evertunnel")
RUN = Path("/run/evertunnel")
LOG = Path("/var/log/evertunnel")
