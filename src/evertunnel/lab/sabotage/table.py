"""The sabotages: how each rule is broken on the lab's hosts, and which claims must notice."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from evertunnel.lab.network import Lab
from evertunnel.lab.scenario import Scenario
from evertunnel.lab.strangers import PYTHON
from evertunnel.plan.hosts import Role

PASSED, FLOWING = "passed from .*", "flowing"
SITE = "/etc/evertunnel/radius/freeradius/site.conf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sabotage:
    """One rule broken: `lab` before the hosts are up, `hosts` once the plan is applied.

    Each of `claims` must then have a probe that does not hold and observes, whole, what the expression `shows` says.
    """

    name: str
    sentence: str
    claims: tuple[str, ...]
    shows: str
    lab: Callable[[Lab], None] = lambda _: None
    hosts: Callable[[Scenario], None] = lambda _: None


def _broken(rule: str, *services: tuple[Role, str]) -> Callable[[Scenario], None]:
    """Runs services with the rule taken out of them."""

    def apply(scenario: Scenario) -> None:
        for role, name in services:
            manager = scenario.services(scenario.having(role))
            unit = manager.observe()[name].unit
            manager.install(replace(unit, argv=(PYTHON, "-m", "evertunnel.lab.sabotage.broken", rule, name)))
            manager.restart(name)

    return apply


def _rules_first(rules: tuple[str, ...], scenario: Scenario) -> None:
    for rule in rules:
        scenario.gateway.run(["nft", "insert", "rule", "inet", "evertunnel", "forward", *rule.split()])


def _edit_site(old: str, new: str, scenario: Scenario) -> None:
    scenario.core.run(["sed", "-i", "-E", "-z", f"s~{old}~{new}~g", SITE])
    scenario.services(scenario.core).restart("freeradius")


def _no_flush_at_start(scenario: Scenario) -> None:
    manager = scenario.services(scenario.gateway)
    manager.install(replace(manager.observe()["charon"].unit, before=()))
    manager.restart("charon")


def _default_accept(scenario: Scenario) -> None:
    _edit_site(r"&Response-Packet-Type := Do-Not-Respond(\s+\})\s+handled", r"\&Auth-Type := Accept\1\nok", scenario)
    # And whoever asks for something else than what is answered here.
    words, accept = (
        r'(Only Authorize-Only is answered here\."\s+\})\s+reject',
        r"update control {\n\&Auth-Type := Accept\n}",
    )
    _edit_site(words, rf"\1\n{accept}", scenario)


def _token(scenario: Scenario) -> None:
    _broken("answers-without-token", (Role.POLICY, "policy"))(scenario)
    # And FreeRADIUS believes any first word.
    _edit_site(r"\^[^ ]+ \(?(allow|refuse)", r"^[^ ]+ \1", scenario)


def _share_mounts(lab: Lab) -> None:
    lab.host("intranet1").shares_mounts_with = lab.host("mgmt1")


_TABLE = (
    Sabotage(
        name="set-test-removed",
        sentence="the gateway forwards from and to tunnels without asking whether the address is admitted",
        claims=("nobody-new-while-away",),
        shows=PASSED,
        hosts=partial(_rules_first, ("iifname ipsec0 accept", "oifname ipsec0 accept")),
    ),
    Sabotage(
        name="conntrack-first",
        sentence="the gateway forwards established connections before it looks at admission",
        claims=("lease-runs-out",),
        shows=FLOWING,
        hosts=partial(_rules_first, ("ct state established accept",)),
    ),
    Sabotage(
        name="policy-oid-not-required",
        sentence="charon takes a certificate of any template",
        claims=("user-template", "mail-template"),
        shows="radius",
        hosts=_broken("policy-oid-not-required", (Role.GATEWAY, "sessions")),
    ),
    Sabotage(
        name="default-accept",
        sentence="RADIUS accepts what nobody decided",
        claims=("radius-default-deny", "policy-token"),
        shows="(answered )?accept",
        hosts=_default_accept,
    ),
    Sabotage(
        name="serial-not-checked",
        sentence="the decision does not look at the certificate's serial number",
        claims=("revoked-by-serial",),
        shows=PASSED,
        hosts=_broken("serial-not-checked", (Role.POLICY, "policy")),
    ),
    Sabotage(
        name="group-ignored",
        sentence="a network policy's condition on groups is not looked at",
        claims=("user-not-in-group",),
        shows=PASSED,
        hosts=_broken("group-ignored", (Role.POLICY, "policy")),
    ),
    Sabotage(
        name="device-ignored",
        sentence="it is not looked at which devices a network policy lets people come from",
        claims=("user-forbidden-device",),
        shows="answered.*",
        hosts=_broken("device-ignored", (Role.POLICY, "policy")),
    ),
    Sabotage(
        name="told-in-vain",
        sentence="a gateway that is told of a change does not ask again",
        claims=("user-left-group", "user-revoked", "policy-change"),
        shows=FLOWING,
        hosts=_broken("told-in-vain", (Role.GATEWAY, "sessions")),
    ),
    Sabotage(
        name="deny-is-no-match",
        sentence="a network policy that denies is passed over",
        claims=("user-denied",),
        shows=PASSED,
        hosts=_broken("deny-is-no-match", (Role.POLICY, "policy")),
    ),
    Sabotage(
        name="outer-identity-trusted",
        sentence="the name that is said outside need not be the certificate's",
        claims=("user-identity",),
        shows="accepted with .*",
        hosts=_broken("outer-identity-trusted", (Role.POLICY, "policy")),
    ),
    Sabotage(
        name="decision-late",
        sentence="the policy service answers a second before it puts the decision on record",
        claims=("policy-killed",),
        shows="nothing recorded",
        hosts=_broken("decision-late", (Role.POLICY, "policy")),
    ),
    Sabotage(
        name="counted-twice",
        sentence="each reading of charon's counters is added to the last",
        claims=("ledger-exact",),
        shows="[0-9]+ in, [0-9]+ out",
        hosts=_broken("counted-twice", (Role.GATEWAY, "sessions")),
    ),
    Sabotage(
        name="stop-lost",
        sentence="the gateway does not account for a session's end",
        claims=("ledger",),
        shows="0 more, .*",
        hosts=_broken("stop-lost", (Role.GATEWAY, "sessions")),
    ),
    Sabotage(
        name="lease-kept",
        sentence="an ended session's address stays admitted until its lease runs out",
        claims=("ended-at-once",),
        shows=".* is admitted",
        hosts=_broken("lease-kept", (Role.GATEWAY, "sessions")),
    ),
    Sabotage(
        name="crl-without-flush",
        sentence="a new CRL is loaded and old verdicts stay in charon's cache",
        claims=("revoked-by-crl",),
        shows="radius",
        hosts=_broken("crl-without-flush", (Role.GATEWAY, "sessions")),
    ),
    Sabotage(
        name="no-flush-at-start",
        sentence="charon starts without forgetting admissions and closing the latch",
        claims=("charon-killed",),
        shows="[0-9., ]+",
        hosts=_no_flush_at_start,
    ),
    Sabotage(
        name="hosts-share-mounts",
        sentence="two hosts of the rehearsal share a mount namespace",
        claims=("share-nothing",),
        shows="shared: .*",
        lab=_share_mounts,
    ),
    Sabotage(
        name="lease-never-expires",
        sentence="an admitted address stays in the set for ever",
        claims=("lease-runs-out",),
        shows=FLOWING,
        hosts=_broken("lease-never-expires", (Role.GATEWAY, "sessions")),
    ),
    Sabotage(
        name="answers-without-token",
        sentence="the policy service answers without its token, and FreeRADIUS believes it",
        claims=("policy-token",),
        shows="(answered )?accept",
        hosts=_token,
    ),
)

TABLE = {sabotage.name: sabotage for sabotage in _TABLE}
