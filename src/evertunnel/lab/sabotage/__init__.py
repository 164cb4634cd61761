"""Safety rules broken on purpose, one at a time, to prove that the rehearsal would notice.

`TABLE` names each: what it breaks, and the claims that must turn red while their controls stay green. All of the
breaking is done from the lab: on files, rules and services of the lab's own hosts, or by `broken`, which runs one of
our services with one function of it replaced.
"""

from evertunnel.lab.sabotage.table import TABLE, Sabotage

__all__ = ["TABLE", "Sabotage"]
