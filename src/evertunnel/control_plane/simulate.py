"""What would be answered if somebody connected: asked of the applied policy, without connecting or recording."""

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from evertunnel import documents
from evertunnel.access import Policy, decide
from evertunnel.access.model import Decision, Facts, Origin
from evertunnel.access.why import trace
from evertunnel.control_plane import deciding, world
from evertunnel.errors import EngineUnavailable, NotFound
from evertunnel.plan.tunnels import Tunnel
from evertunnel.radius.facts import LEDGER, FactsReader
from evertunnel.radius.model import SETTINGS
from evertunnel.radius.suppose import Directory, device_question, user_question
from evertunnel.values import HostName, UserName


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Who would connect, from which device, through which gateway: a user, or the device alone."""

    user: UserName | None = None
    device: HostName | None = None
    gateway: HostName | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The decision, as lines for a person and as a document."""

    allow: bool
    lines: tuple[str, ...]
    document: object


def simulate(attempt: Attempt, *, settings: Path = SETTINGS, ledger: Path = LEDGER) -> Answer:
    """Asks the policy that is applied on this host."""
    found = deciding.applied(settings)
    now = world.now() if attempt.at is None else attempt.at
    _require_gateway(attempt, found.policy)
    try:
        facts = _facts(attempt, found.policy, found.store, ledger)
    except (OSError, sqlite3.Error) as error:
        raise EngineUnavailable(f"the store cannot be read: {error}") from error
    decision = decide(found.policy, facts, now)
    document = {"at": now, "facts": documents.write(facts), "decision": documents.write(decision)}
    return Answer(allow=decision.allow, lines=_lines(facts, decision), document=document)


def full_name(text: str, settings: Path = SETTINGS) -> UserName:
    """A user's name; without an @ it is one in the organisation's own domain."""
    return UserName(text if "@" in text else f"{text}@{deciding.applied(settings).policy.domain}")


def _lines(facts: Facts, decision: Decision) -> tuple[str, ...]:
    about = decision.name or facts.question.identity
    return (f"simulated: the {facts.question.tunnel} tunnel of {about}", *trace(facts, decision))


def _facts(attempt: Attempt, policy: Policy, store: Path, ledger: Path) -> Facts:
    directory, gateway = Directory(store), attempt.gateway or ""
    origin = _origin(directory, attempt.device)
    reader = FactsReader(policy, store, ledger)
    if attempt.user is None:
        device = attempt.device or ""
        serial = directory.serial_of(Tunnel.DEVICE, device)
        return reader.read(device_question(device, serial, policy, gateway))
    if not directory.knows(Tunnel.USER, attempt.user):
        raise NotFound(f"{attempt.user} is not in the directory. evertunnel user list shows who is")
    serial = directory.serial_of(Tunnel.USER, attempt.user)
    facts = reader.read(user_question(attempt.user, serial, policy, gateway))
    return replace(facts, origins=(origin,) if origin else ())


def _origin(directory: Directory, device: HostName | None) -> Origin | None:
    if device is None:
        return None
    if not directory.knows(Tunnel.DEVICE, device):
        raise NotFound(f"{device} is no device in the directory. evertunnel device list shows them")
    return directory.origin(device)


def _require_gateway(attempt: Attempt, policy: Policy) -> None:
    known = [each.name for each in policy.gateways]
    if attempt.gateway is not None and attempt.gateway not in known:
        raise NotFound(f"{attempt.gateway} is no gateway of the plan; it has {', '.join(known) or 'none'}")
