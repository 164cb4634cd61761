"""What a host shall be: a bundle, a plan, or what was applied last; as several verbs take it."""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from evertunnel.cli.arguments import typed
from evertunnel.cli.files import read_plan, read_text
from evertunnel.control_plane import bundles
from evertunnel.control_plane.bundles import Bundle
from evertunnel.errors import NotFound
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.values import HostName


def add_wanted(parser: argparse.ArgumentParser) -> None:
    """Declares FILE and --host."""
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="a plan (.toml) or a bundle; default: what was applied last",
    )
    parser.add_argument(
        "--host",
        type=typed(HostName),
        help="which host of the plan this machine is, when its own name is another",
    )


def bundle_of(arguments: argparse.Namespace) -> Bundle:
    """What the arguments name, to be looked at: nothing is issued for it."""
    if is_plan(arguments):
        from evertunnel.control_plane import composing

        return composing.look(*plan_here(arguments))
    return _bundle(arguments)


def stages(arguments: argparse.Namespace) -> Iterator[Bundle]:
    """What the arguments name, to be applied one after the other."""
    if is_plan(arguments):
        from evertunnel.control_plane import composing

        yield from composing.stages(*plan_here(arguments))
    else:
        yield _bundle(arguments)


def is_plan(arguments: argparse.Namespace) -> bool:
    """Whether the arguments name a plan."""
    return arguments.file is not None and arguments.file.suffix == ".toml"


def plan_here(arguments: argparse.Namespace, here: str | None = None) -> tuple[Plan, HostName]:
    """The plan, and which of its hosts this is; only the authority's host can use a plan itself."""
    file, plan = arguments.file, read_plan(arguments.file)
    machine = _machine() if here is None else here
    name = arguments.host or machine
    if name not in plan.hosts:
        known = ", ".join(plan.hosts)
        raise NotFound(f"{file}: no host {name!r} in the plan ({known}); say which one this is with --host")
    if Role.CA not in plan.hosts[HostName(name)].roles:
        where = ", ".join(plan.hosts_with(Role.CA))
        raise NotFound(
            f"{file}: {name} is not where the authority is ({where} is), so it needs a bundle."
            f" There: evertunnel bundle {file.name} {name}. Here: evertunnel apply {name}.bundle"
        )
    from evertunnel.control_plane import devices

    devices.require_room(plan, str(file))
    return plan, HostName(name)


def require_same_host(bundle: Bundle, name: str, *, claimed: str | None, known: str | None) -> None:
    """Refuses another host's bundle: `claimed` is what --host says, `known` the host that this one is already."""
    if bundle.host not in (claimed or known or name, known):
        raise NotFound(
            f"this bundle is for {bundle.host}, and this host is {claimed or known or name}."
            f" If it is {bundle.host} all the same: --host {bundle.host}"
        )


def _bundle(arguments: argparse.Namespace) -> Bundle:
    if arguments.file is None:
        return bundles.applied()
    bundle = bundles.read(read_text(arguments.file), name=str(arguments.file))
    before = bundles.find_applied()
    require_same_host(bundle, _machine(), claimed=arguments.host, known=before.host if before else None)
    return bundle


def _machine() -> str:
    return os.uname().nodename.partition(".")[0].lower()
