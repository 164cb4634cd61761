"""What profiles are called, by people and by machines, and that no text of a plan breaks out of a profile."""

import re
from collections.abc import Iterator
from uuid import NAMESPACE_DNS, UUID, uuid5

from evertunnel.documents import shown
from evertunnel.errors import DocumentError, Problem
from evertunnel.plan.model import Plan
from evertunnel.plan.proposals import proposals
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.abilities import side_of, sides
from evertunnel.profiles.tunnel import PROPOSAL

RULE = re.compile(r"\.|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
SERVER = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}")


def shown_name(plan: Plan, kind: Tunnel) -> str:
    """The name that people see."""
    return side_of(plan, kind).profile.name or f"{plan.organisation.name} {kind.value} tunnel"


def file_name(kind: Tunnel, suffix: str) -> str:
    """The name of a tunnel's file: never of the plan's text."""
    return f"{kind.value}-tunnel.{suffix}"


def uuid_of(plan: Plan, *purpose: str) -> UUID:
    """The same for the same organisation and purpose, so that a new profile replaces the one before."""
    return uuid5(uuid5(NAMESPACE_DNS, plan.organisation.domain), "/".join(("evertunnel", *purpose)))


def require_clean(plan: Plan) -> None:
    """Refuses text with line breaks and other invisible characters, and proposals that are none."""
    problems = [_invisible(path, text) for path, text in _texts(plan) if not text.isprintable()]
    chosen = proposals(plan.gateway)
    for setting, given in (("ike_proposals", chosen.ike), ("esp_proposals", chosen.esp)):
        problems += [_no_proposal(f"gateway.{setting}", each) for each in given if not PROPOSAL.fullmatch(each)]
    problems += [_no_rule(path, text) for path, text in _rules(plan) if not RULE.fullmatch(text)]
    problems += [_no_server(path, text) for path, text in _servers(plan) if not SERVER.fullmatch(text)]
    if problems:
        raise DocumentError("plan", problems)


def _servers(plan: Plan) -> Iterator[tuple[str, str]]:
    for side in sides(plan):
        proxy = side.profile.proxy
        if proxy is not None and proxy.server is not None:
            yield f"{side.kind.value}_tunnel.profile.proxy.server", proxy.server


def _rules(plan: Plan) -> Iterator[tuple[str, str]]:
    for side in sides(plan):
        for index, rule in enumerate(side.profile.name_rules):
            yield f"{side.kind.value}_tunnel.profile.name_rules[{index}].name", rule.name


def _texts(plan: Plan) -> Iterator[tuple[str, str]]:
    """What a plan says in free text and a profile repeats."""
    yield "organisation.name", plan.organisation.name
    yield "certificates.issuing_name", plan.certificates.issuing_name
    for side in sides(plan):
        profile, path = side.profile, f"{side.kind.value}_tunnel.profile"
        yield f"{path}.name", profile.name or ""
        if profile.proxy is not None:
            yield f"{path}.proxy.pac", profile.proxy.pac or ""


def _invisible(path: str, text: str) -> Problem:
    return Problem(path=path, what=f"{shown(text)} has a character that cannot be seen", mend="Write it without.")


def _no_proposal(path: str, text: str) -> Problem:
    return Problem(path=path, what=f"{shown(text)} is not a proposal", mend="Write it like aes128gcm16-ecp256.")


def _no_rule(path: str, text: str) -> Problem:
    return Problem(
        path=path, what=f"{shown(text)} is neither a name nor a suffix", mend="Write it like .corp.contoso.com, or ."
    )


def _no_server(path: str, text: str) -> Problem:
    return Problem(
        path=path,
        what=f"{shown(text)} is not a server with its port",
        mend="Write it like proxy.corp.contoso.com:8080.",
    )
