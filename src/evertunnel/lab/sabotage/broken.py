"""Runs one of our services with one safety rule taken out: `python -m evertunnel.lab.sabotage.broken RULE SERVICE`."""

import importlib
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from evertunnel.drivers import logs

DAY = 86_400
LATE_SECONDS = 1.0


def main(rule: str, service: str) -> None:
    """Takes the rule out, then runs the service as ever."""
    logs.configure()
    RULES[rule]()
    _module(f"services.{service}").main()


def _serial_not_checked() -> None:
    _module("access.device")._certificate = lambda _facts: None  # noqa: SLF001 (the rule that is taken out)
    _module("access.certificates").revoked = lambda *_: None


def _group_ignored() -> None:
    # Of policies that grant from anywhere: any other would match everybody, and the control would be refused with it.
    policies = _module("access.policies")
    whole = policies.unmet
    policies.outside = lambda *_: None
    policies.unmet = lambda stated, situation: [
        unmet
        for unmet in whole(stated, situation)
        if not (stated.policy.grants and stated.policy.from_devices is None and unmet[0] == policies.GROUPS)
    ]


def _device_ignored() -> None:
    policies = _module("access.policies")
    whole = policies.constraints
    policies.constraints = lambda policy, facts, now: whole(replace(policy, from_devices=None), facts, now)


def _told_in_vain() -> None:
    _module("gateway.sessions").Machine._told = lambda *_: None  # noqa: SLF001 (the same)


def _deny_is_no_match() -> None:
    policies = _module("access.policies")
    whole = policies.unmet
    policies.unmet = lambda stated, situation: (
        whole(stated, situation) if stated.policy.grants else [("denial", "ignored")]
    )


def _outer_identity_trusted() -> None:
    _module("access.user")._outer_identity = lambda _facts: None  # noqa: SLF001 (the same)


def _decision_late() -> None:
    journal = _module("radius.journal").Journal
    write = journal.write
    journal.write = lambda self, record: threading.Timer(LATE_SECONDS, write, (self, record)).start()


def _counted_twice() -> None:
    _module("drivers.radius_values").Usage.highest = lambda self, other: self + other


def _stop_lost() -> None:
    _module("gateway.accounting").Accountant.gone = lambda *_: ()


def _lease_kept() -> None:
    _module("gateway.leases").withdraw = lambda _command: ()


def _policy_oid_not_required() -> None:
    connection = _module("gateway.connection")
    whole = connection.definition

    def without(connections: Any) -> dict[str, Any]:  # noqa: ANN401 (what the function it replaces takes)
        definition = dict(whole(connections))
        definition["remote"] = {key: value for key, value in definition["remote"].items() if key != "cert_policy"}
        return definition

    connection.definition = without


def _lease_never_expires() -> None:
    leases = _module("gateway.leases")
    whole = leases.grant
    leases.grant = lambda command: tuple(
        replace(change, seconds=DAY) if getattr(change, "seconds", None) else change for change in whole(command)
    )


def _crl_without_flush() -> None:
    vici = _module("drivers.vici")
    vici.Vici.flush_certs = lambda _self: None


def _answers_without_token() -> None:
    policy = _module("services.policy")
    policy.hmac = SimpleNamespace(compare_digest=lambda *_: True)


def _module(name: str) -> Any:  # noqa: ANN401 (functions of it are replaced)
    return importlib.import_module(f"evertunnel.{name}")


RULES: Mapping[str, Callable[[], None]] = {
    "serial-not-checked": _serial_not_checked,
    "group-ignored": _group_ignored,
    "device-ignored": _device_ignored,
    "told-in-vain": _told_in_vain,
    "deny-is-no-match": _deny_is_no_match,
    "outer-identity-trusted": _outer_identity_trusted,
    "decision-late": _decision_late,
    "counted-twice": _counted_twice,
    "stop-lost": _stop_lost,
    "lease-kept": _lease_kept,
    "policy-oid-not-required": _policy_oid_not_required,
    "lease-never-expires": _lease_never_expires,
    "crl-without-flush": _crl_without_flush,
    "answers-without-token": _answers_without_token,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
