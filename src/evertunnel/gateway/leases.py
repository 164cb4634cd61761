"""Commands of the sessions machine in nft's words; each text is one transaction."""

from evertunnel.gateway.admission import Grant, Withdraw
from evertunnel.gateway.render import close_commands, flush_commands

OPEN_LATCH = "add element inet evertunnel latch { 500, 4500 }\n"

__all__ = ["OPEN_LATCH", "close_commands", "flush_commands", "grant", "withdraw"]


def grant(command: Grant) -> str:
    """Puts each lease in afresh: adding alone refreshes nothing, and deleting what is gone fails the transaction."""
    return "".join(
        f"add element {where} {{ {lease.address} }}\n"
        f"delete element {where} {{ {lease.address} }}\n"
        f"add element {where} {{ {lease.address} timeout {lease.seconds}s }}\n"
        for lease in command.leases
        for where in [f"inet evertunnel admitted_{lease.reach}"]
    )


def withdraw(command: Withdraw) -> str:
    """Takes an address out, whether or not it has expired by itself."""
    where = f"inet evertunnel admitted_{command.reach}"
    return f"add element {where} {{ {command.address} }}\ndelete element {where} {{ {command.address} }}\n"
