from evertunnel.access import Check, Decision, Facts, Limits, Question, Reason, Record, explain
from evertunnel.access.model import Certificate

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
