"""Leads a host from what runs to what shall run: observe, diff, check, perform, verify, and put back if that fails.

`model` says what an engine is, `apply` drives engines, `files` and `services` hold the differences that every domain
has, and `local` is a whole engine for a domain that consists of them. Knows no VPN.
"""

from evertunnel.reconcile.apply import Applied, Part, Step, apply, preview, remove, verify
from evertunnel.reconcile.local import HostDrivers, Local, LocalEngine, Owned
from evertunnel.reconcile.model import Action, Effect, Engine, Evidence

__all__ = [
    "Action",
    "Applied",
    "Effect",
    "Engine",
    "Evidence",
    "HostDrivers",
    "Local",
    "LocalEngine",
    "Owned",
    "Part",
    "Step",
    "apply",
    "preview",
    "remove",
    "verify",
]
