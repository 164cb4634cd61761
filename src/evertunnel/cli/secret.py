"""Writes the secret of a RADIUS client that Evertunnel does not run (RRAS, an Azure VPN gateway, any NAS) into a file.

    sudo evertunnel secret contoso.toml rras1 --out /root/rras1.secret

The plan names the client in [radius.clients.rras1]. Run it where the authority is, set the secret there by hand, with
the RADIUS server's address and ports, then delete the file. The client is served after the next `evertunnel apply`.
Exit status: 0 it is written, 1 failed, 2 the input is wrong.
"""

import argparse
from pathlib import Path

from evertunnel.cli.arguments import typed
from evertunnel.cli.files import read_plan, require_writable
from evertunnel.control_plane import clients
from evertunnel.plan.hosts import Role
from evertunnel.values import HostName


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="the plan file")
    parser.add_argument("client", metavar="CLIENT", type=typed(HostName), help="a client of [radius.clients]")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="only root may read it")


def run(arguments: argparse.Namespace) -> int:
    """Writes the secret, and says what else is to be set at the client."""
    plan = read_plan(arguments.plan)
    require_writable(arguments.out)
    clients.write_secret(plan, arguments.client, arguments.out)
    address, port = plan.inside_address(Role.RADIUS), plan.radius.port
    print(f"wrote {arguments.out}: the secret, readable by you alone. At {arguments.client} set the RADIUS server")
    print(f"{address}, port {port} for authentication and {port + 1} for accounting, that secret, EAP, and that")
    print("requests carry Message-Authenticator; then delete the file, and apply the plan here")
    return 0
