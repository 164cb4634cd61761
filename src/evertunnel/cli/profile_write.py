"""Writes a profile anew: in the schema's order, for scripts, for Intune, or node by node for a management server."""

import argparse
from pathlib import Path

from evertunnel.cli.arguments import Subparsers, add_verb
from evertunnel.cli.profile_files import read_profile
from evertunnel.profiles.vpnv2.syncml import Scope, syncml
from evertunnel.profiles.vpnv2.write import Dialect, write

MESSAGES = "csp"


def configure(what: Subparsers) -> None:
    """Declares the verb's arguments."""
    verb = add_verb(
        what,
        "write",
        "write a profile anew, in the schema's order",
        "evertunnel profile write profile.xml --dialect intune > profile.intune.xml",
        'evertunnel profile write profile.xml --dialect csp --name "Contoso VPN" > profile.syncml',
    )
    verb.description = (
        "Writes a profile anew: in the schema's order, one way of writing each value. Comments are lost; what was not\n"
        "understood is kept, but in the messages (csp) only inside EAP: they have no other place for it. Keys that\n"
        "stand in the file stand in the output: mind who may read it.\n\n"
        "Exit status: 0 done, 2 the file is no profile."
    )
    verb.add_argument("file", type=Path, metavar="FILE", help="a profile")
    dialects = [*(each.value for each in Dialect), MESSAGES]
    verb.add_argument("--dialect", choices=dialects, default=Dialect.WMI.value, help="for whom (default: wmi, scripts)")
    verb.add_argument("--name", metavar="NAME", help="the profile's name, with csp (default: its ProfileName)")
    verb.add_argument("--scope", choices=["user", "device"], help="whose it is, with csp (default: by what it says)")
    verb.add_argument("--replace", action="store_true", help="with csp: delete the profile of that name first")
    verb.set_defaults(act=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the profile."""
    profile = read_profile(arguments.file).profile
    if arguments.dialect != MESSAGES:
        print(write(profile, Dialect(arguments.dialect)), end="")
        return 0
    is_devices = bool(profile.device_tunnel or profile.lockdown)
    scope = Scope[(arguments.scope or ("device" if is_devices else "user")).upper()]
    name = arguments.name or profile.name or arguments.file.stem
    print(syncml(profile, name, scope, replaces=arguments.replace), end="")
    return 0
