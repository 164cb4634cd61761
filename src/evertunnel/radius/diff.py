"""From what the host runs to what it shall run."""

from evertunnel.radius.model import State
from evertunnel.reconcile.local import diff_local
from evertunnel.reconcile.model import Action


def diff(current: State, desired: State) -> tuple[Action, ...]:
    """Account, directories, files, then the services that read them."""
    return diff_local(current.local, desired.local)
