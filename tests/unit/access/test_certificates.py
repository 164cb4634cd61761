import pytest

from evertunnel.access import Facts, Question
from evertunnel.access.certificates import begun, is_known, revoked, running
from evertunnel.access.model import Certificate

CERTIFICATE = Certificate(serial="5f", template="user", principal="x", not_before=10.0, not_after=20.0)


def facts(certificate: Certificate | None = CERTIFICATE, serial: str = "5f") -> Facts:
    return Facts(question=Question(tunnel="user", identity="x", serial=serial), certificate=certificate)


@pytest.mark.parametrize(("serial", "known"), [("5f", True), ("005F", True), ("5", False), ("", False)])
def test_certificate_is_known_by_the_asked_serial(serial: str, known: bool) -> None:  # noqa: FBT001 (an outcome)
    assert is_known(facts(serial=serial)) is known
    assert not is_known(facts(None, serial))


@pytest.mark.parametrize(("now", "good"), [(9.9, (False, True)), (10.0, (True, True)), (19.1, (True, False))])
def test_certificate_is_good_from_its_beginning_to_a_second_before_its_end(now: float, good: tuple[bool, bool]) -> None:
    checks = begun(facts(), now), running(facts(), now, "Renew it.")

    assert tuple(check.passed for check in checks if check) == good


def test_certificate_that_is_not_known_is_not_looked_at() -> None:
    assert (begun(facts(None), 15.0), running(facts(None), 15.0, ""), revoked(facts(None), 15.0, "")) == (None,) * 3
