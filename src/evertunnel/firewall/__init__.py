"""The packet filter of edge, gateway and inner firewall: one nftables table of ours, its routes and kernel settings.

`model` says what a table is, `render` what the plan makes of it (`edge`, `gateway`, `inner`, in phrases of `words`),
`diff` what leads from one to another without opening a door too early, `text` how nft reads and shows it, `engine` does
it. Sets belong to the sessions service: their elements are never touched.
"""

from evertunnel.firewall.engine import FirewallEngine
from evertunnel.firewall.model import State
from evertunnel.firewall.render import desired

__all__ = ["FirewallEngine", "State", "desired"]
