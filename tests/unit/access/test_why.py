from evertunnel.access import Check, Decision, Facts, Limits, Question, Reason, Record, explain
from evertunnel.access.model import Certificate, Live, Origin, Person, Tried
from evertunnel.access.why import trace

QUESTION = Question(tunnel="device", identity="CN=x\x1b[2J", serial="1", gateway="gateway1", outer="198.51.100.20")
CERTIFICATE = Certificate(serial="1", template="device", principal="laptop1", not_before=0, not_after=86_400)


def test_refusal_shows_each_check_and_each_reason() -> None:
    reason = Reason(code=34, name="device-disabled", sentence="The device is disabled. Enable it.")
    checks = (Check(name="kind", observed="a device"), Check(name="enabled", observed="disabled", reason=reason))
    facts = Facts(question=QUESTION, certificate=CERTIFICATE, groups=("B", "A"))
    record = Record(id="4f", at=0.0, about="laptop1", facts=facts, decision=Decision(allow=False, checks=checks))

    assert explain(record) == (
        "1970-01-01 00:00:00Z  decision 4f about laptop1",
        "  asked by gateway1: device tunnel of CN=x?[2J",
        "  from 198.51.100.20, virtual address (nothing), session (nothing)",
        "  certificate: 1 (device) of laptop1, 1970-01-01 00:00:00Z to 1970-01-02 00:00:00Z",
        "  groups: A, B",
        "  passed  kind: a device",
        "  FAILED  enabled: disabled",
        "  REFUSED: NPS reason 34, device-disabled: The device is disabled. Enable it.",
    )


def test_allowance_shows_its_limits() -> None:
    decision = Decision(allow=True, checks=(), device="laptop1", reach="management", limits=Limits(session_seconds=60))
    record = Record(id="4f", at=0.0, about="laptop1", facts=Facts(question=QUESTION), decision=decision)

    lines = explain(record)

    assert "  certificate: not known" in lines
    assert "  groups: none" in lines
    assert lines[-1] == "  ALLOWED: reach management, for 60 s at most"


def test_user_is_told_with_all_that_was_known_and_tried() -> None:
    question = Question(
        tunnel="user", identity="alice@corp.contoso.com", serial="1", eap_type="eap-tls", outer_name="anonymous\x07"
    )
    facts = Facts(
        question=question,
        person=Person(name="alice@corp.contoso.com", enabled=True, address="10.98.0.7"),
        origins=(Origin(device="laptop1", groups=("Kiosks",)), Origin(device="laptop2")),
        more_origins=990,
        live=(Live(session="gw-1", gateway="gateway1", outer="198.51.100.20"),),
    )
    tried = (Tried(policy="night", failed=("it is Mon 12:00", "no group")), Tried(policy="staff"))

    lines = trace(facts, Decision(allow=False, checks=(), tried=tried))

    assert "  authenticated by eap-tls, under the outer name anonymous?" in lines
    assert "  user: alice@corp.contoso.com, enabled, fixed address 10.98.0.7" in lines
    assert "  from device: laptop1, member of Kiosks" in lines
    assert "  from device: laptop2, member of no group" in lines
    assert "  from device: 990 more, each in the same of the groups asked for as one of these" in lines
    assert "  also connected: session gw-1 by gateway1 from 198.51.100.20" in lines
    assert lines[-2:] == (
        "  policy night: no match: it is Mon 12:00; no group",
        "  policy staff: MATCHES",
    )


def test_disabled_user_is_told() -> None:
    facts = Facts(question=QUESTION, person=Person(name="alice@corp.contoso.com", enabled=False))

    assert "  user: alice@corp.contoso.com, DISABLED" in trace(facts, Decision(allow=False, checks=()))


def test_allowance_shows_what_the_policy_set() -> None:
    limits = Limits(session_seconds=60, idle_seconds=30, pool="users", address="10.98.0.7", class_="staff")
    decision = Decision(allow=True, checks=(), reach="intranet", policy="staff", limits=limits)

    assert trace(Facts(question=QUESTION), decision)[-1] == (
        "  ALLOWED: reach intranet, for 60 s at most, by policy staff, idle at most 30 s, pool users,"
        " address 10.98.0.7, class staff"
    )
