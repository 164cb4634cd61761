"""Writes what one host needs, secrets included, into one 0600 file; carry it there and `evertunnel apply` it.

    sudo evertunnel bundle examples/contoso.toml gateway1 inner1 --out /root/bundles

Run it where the authority is. The keys of a bundle's certificates are made for it and kept nowhere else: a gateway's
new bundle brings a new certificate. Exit status: 0 all are written, 1 failed (none is written), 2 the input is wrong.
"""

import argparse
from pathlib import Path

from evertunnel.cli.arguments import typed
from evertunnel.cli.files import read_plan, require_writable
from evertunnel.control_plane import bundles, composing, devices
from evertunnel.errors import NotFound
from evertunnel.values import HostName


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="the plan file")
    parser.add_argument("hosts", nargs="+", metavar="HOST", type=typed(HostName), help="a host of the plan")
    parser.add_argument("--out", type=Path, default=Path(), help="the directory to write into (default: here)")


def run(arguments: argparse.Namespace) -> int:
    """Writes the bundles."""
    plan, names = read_plan(arguments.plan), tuple(dict.fromkeys(arguments.hosts))
    if unknown := [name for name in names if name not in plan.hosts]:
        raise NotFound(f"{arguments.plan}: no such host: {', '.join(unknown)}; the plan has {', '.join(plan.hosts)}")
    paths = {name: arguments.out / f"{name}.bundle" for name in names}
    for name, path in paths.items():
        composing.require_managed(plan, name, str(arguments.plan))
        require_writable(path)
    devices.require_room(plan, str(arguments.plan))
    made = {path: composing.compose(plan, name) for name, path in paths.items()}
    for path, bundle in made.items():
        bundles.write(bundle, path)
        print(f"wrote {path}: carry it to {bundle.host}, there: evertunnel apply {path.name}")
    print("they hold secrets: only you can read them; delete them when they are applied")
    return 0
