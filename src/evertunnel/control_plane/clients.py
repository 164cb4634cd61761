"""The secrets that RADIUS clients and FreeRADIUS share, and the policy service's token: made once, for root alone.

They lie in files of their own, not in the store, because the policy service reads the store and needs none of them.
"""

import os
from pathlib import Path

from evertunnel.drivers.host.files import File, Files
from evertunnel.errors import NotFound
from evertunnel.paths import STATE
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.radius.model import RadiusClient, RadiusFacts
from evertunnel.values import HostName, Secret

SECRETS = STATE / "secrets"


def facts(plan: Plan) -> RadiusFacts:
    """Every gateway of the plan as a RADIUS client, and the policy token."""
    return RadiusFacts(
        clients=tuple(
            RadiusClient(name=name, address=host.internal.address.ip, secret=secret_of(name), authorize_only=True)
            for name, host in plan.hosts_with(Role.GATEWAY).items()
            if host.internal is not None
        ),
        policy_token=_kept(SECRETS / "policy-token"),
        others=tuple(
            RadiusClient(name=name, address=client.address, secret=secret_of(name))
            for name, client in plan.radius.clients.items()
        ),
    )


def secret_of(client: HostName) -> Secret:
    """The secret that a client shares with FreeRADIUS, made when it is first asked for."""
    return _kept(SECRETS / f"radius-{client}")


def write_secret(plan: Plan, name: HostName, path: Path) -> None:
    """Writes the secret of a client that its owner has to set there, so that only the file's owner can read it."""
    if name not in plan.radius.clients:
        known = ", ".join(plan.radius.clients) or "none"
        raise NotFound(f"no RADIUS client {name!r} in the plan ({known}); name it in [radius.clients.{name}]")
    content = f"{secret_of(name).reveal()}\n"
    owner = "root" if os.geteuid() == 0 else str(os.geteuid())
    Files().write(File(path=path.absolute(), content=content, mode=0o600, owner=owner, secret=True))


def _kept(path: Path) -> Secret:
    try:
        return Secret(path.read_text())
    except FileNotFoundError:
        secret = Secret.generate()
    SECRETS.mkdir(parents=True, mode=0o700, exist_ok=True)
    Files().write(File(path=path, content=secret.reveal(), mode=0o600, secret=True))
    return secret
