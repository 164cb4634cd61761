"""Commands of the sessions machine as changes of the gateway's sets; those of one command are one transaction."""

from evertunnel.drivers.nft_elements import Add, Change, Delete
from evertunnel.gateway.admission import Grant, Lease, Withdraw
from evertunnel.gateway.render import close_commands, flush_commands

OPEN_LATCH = "add element inet evertunnel latch { 500, 4500 }\n"

__all__ = ["OPEN_LATCH", "close_commands", "flush_commands", "grant", "withdraw"]


def grant(command: Grant) -> tuple[Change, ...]:
    """Puts each lease in afresh: adding alone refreshes nothing, and deleting what is gone fails the transaction."""
    return tuple(
        change
        for lease in command.leases
        for change in (*_out(lease), Add(set_name=_set(lease), address=lease.address, seconds=lease.seconds))
    )


def withdraw(command: Withdraw) -> tuple[Change, ...]:
    """Takes an address out, whether or not it has expired by itself."""
    return _out(command)


def _out(of: Lease | Withdraw) -> tuple[Change, ...]:
    where = _set(of)
    return Add(set_name=where, address=of.address), Delete(set_name=where, address=of.address)


def _set(of: Lease | Withdraw) -> str:
    return f"admitted_{of.reach}"
