"""The secrets that gateways and FreeRADIUS share, and the policy service's token: made once, readable by root alone.

They lie in files of their own, not in the store, because the policy service reads the store and needs none of them.
"""

from pathlib import Path

from evertunnel.drivers.host.files import File, Files
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
            RadiusClient(name=name, address=host.internal.address.ip, secret=secret_of(name))
            for name, host in plan.hosts_with(Role.GATEWAY).items()
            if host.internal is not None
        ),
        policy_token=_kept(SECRETS / "policy-token"),
    )


def secret_of(gateway: HostName) -> Secret:
    """The secret that a gateway shares with FreeRADIUS, made when it is first asked for."""
    return _kept(SECRETS / f"radius-{gateway}")


def _kept(path: Path) -> Secret:
    try:
        return Secret(path.read_text())
    except FileNotFoundError:
        secret = Secret.generate()
    SECRETS.mkdir(parents=True, mode=0o700, exist_ok=True)
    Files().write(File(path=path, content=secret.reveal(), mode=0o600, secret=True))
    return secret
