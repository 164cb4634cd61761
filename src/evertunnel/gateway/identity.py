"""What an SA must show before anyone is asked: one address of a pool, and who it is.

A device says so in its certificate's subject, with the serial; of a user it is the identity that RADIUS authenticated.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network

from evertunnel.drivers.vici_values import Sa
from evertunnel.gateway.model import DEVICE_PREFIX, USER_PREFIX
from evertunnel.values import Serial

DEVICE, USER = "device", "user"
MARK = ", serialNumber="
LONGEST = 253  # RFC 2865 5.1: what fits into User-Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Which tunnel, and whose; the gateway is never told which certificate a user holds."""

    tunnel: str
    identity: str
    serial: Serial | None = None


def who_is(sa: Sa) -> Who | None:
    """Who an SA is by the connection that it came up with; None where it does not say so."""
    if sa.connection.startswith(USER_PREFIX):
        # charon leaves the EAP identity out where it is the same as the other.
        name = sa.remote_eap_id or sa.remote_id
        return Who(tunnel=USER, identity=name) if 0 < len(name.encode()) <= LONGEST else None
    serial = serial_of(sa.remote_id) if sa.connection.startswith(DEVICE_PREFIX) else None
    return Who(tunnel=DEVICE, identity=sa.remote_id, serial=serial) if serial is not None else None


def serial_of(identity: str) -> Serial | None:
    """The serial that our authority wrote into the subject, or None where it does not stand there exactly once, last.

    >>> serial_of("O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c")
    '5f3a9c'
    """
    before, mark, text = identity.rpartition(MARK)
    if not mark or "serialNumber=" in before or len(identity.encode()) > LONGEST:
        return None
    try:
        serial = Serial(text)
    except ValueError:
        return None
    return serial if serial == text else None


def problem_of(sa: Sa, pools: tuple[IPv4Network, ...]) -> str:
    """Why this SA's address cannot be trusted; empty where it can."""
    if len(sa.addresses) != 1:
        return f"it has {len(sa.addresses)} virtual addresses, not one"
    (address,) = sa.addresses
    if not any(address in pool for pool in pools):
        return f"its virtual address {address} is of no pool"
    # A wider selector would let it send from addresses that are not its own.
    wide = [ts for child in sa.children for ts in child.remote_selectors if ts != f"{address}/32"]
    return f"its traffic selector {wide[0]} is not its own address {address}" if wide else ""
