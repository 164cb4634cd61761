"""Access never grows when a fact gets worse."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from evertunnel.access import Facts, Policy, Question, decide
from evertunnel.access.model import Certificate, Computer, Posture
from evertunnel.values import Fqdn, GroupName

POLICY = Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management")
names = st.sampled_from(["laptop1", "laptop2"])
serials = st.sampled_from(["1", "2", ""])
questions = st.builds(
    Question,
    tunnel=st.sampled_from(["device", "device", "user"]),
    identity=st.builds("O=Contoso, CN={}.corp.contoso.com, serialNumber={}".format, names, serials) | st.text(),
    serial=serials,
)
certificates = st.builds(
    Certificate,
    serial=serials,
    template=st.sampled_from(["device", "device", "user"]),
    principal=names,
    not_before=st.floats(0, 200),
    not_after=st.floats(0, 200),
    revoked=st.none() | st.floats(0, 200),
)
computers = st.builds(Computer, name=names, kind=st.sampled_from(["device", "host"]), enabled=st.booleans())
facts_ = st.builds(
    Facts,
    question=questions,
    certificate=st.none() | certificates,
    computer=st.none() | computers,
    groups=st.lists(st.sampled_from(["VPN Devices", "Others"]), unique=True).map(tuple),
    posture=st.sampled_from(Posture),
)
good = st.builds(
    lambda begin, end: Facts(
        question=Question(
            tunnel="device", identity="O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=1", serial="1"
        ),
        certificate=Certificate(serial="1", template="device", principal="laptop1", not_before=begin, not_after=end),
        computer=Computer(name="laptop1", kind="device", enabled=True),
        groups=("VPN Devices", "Others"),
    ),
    st.floats(0, 200),
    st.floats(0, 200),
)


def of_certificate(worse: Callable[[Certificate], Certificate]) -> Callable[[Facts], Facts]:
    return lambda facts: replace(facts, certificate=facts.certificate and worse(facts.certificate))


def of_computer(worse: Callable[[Computer], Computer]) -> Callable[[Facts], Facts]:
    return lambda facts: replace(facts, computer=facts.computer and worse(facts.computer))


WORSE: tuple[Callable[[Facts], Facts], ...] = (
    lambda facts: replace(facts, certificate=None),
    lambda facts: replace(facts, computer=None),
    lambda facts: replace(facts, groups=()),
    lambda facts: replace(facts, groups=facts.groups[1:]),
    lambda facts: replace(facts, posture=Posture.NOT_COMPLIANT),
    lambda facts: replace(facts, question=replace(facts.question, tunnel="user")),
    of_certificate(lambda certificate: replace(certificate, revoked=1.0)),
    of_certificate(lambda certificate: replace(certificate, template="mail")),
    of_certificate(lambda certificate: replace(certificate, not_after=0.0)),
    of_certificate(lambda certificate: replace(certificate, not_before=1e9)),
    of_computer(lambda computer: replace(computer, enabled=False)),
    of_computer(lambda computer: replace(computer, kind="host")),
)


@given(facts_ | good, st.floats(0, 200), st.lists(st.sampled_from(WORSE), min_size=1, max_size=4))
def test_access_never_grows_when_a_fact_gets_worse(
    facts: Facts, now: float, worsen: list[Callable[[Facts], Facts]]
) -> None:
    before = decide(POLICY, facts, now)
    for each in worsen:
        facts = each(facts)

    after = decide(POLICY, facts, now)

    assert before.allow or not after.allow
    if before.limits and after.limits:
        assert after.limits.session_seconds <= before.limits.session_seconds


@given(facts_ | good, st.floats(0, 200))
def test_answer_and_reasons_agree(facts: Facts, now: float) -> None:
    decision = decide(POLICY, facts, now)

    assert decision.allow == (not decision.reasons)
    assert decision.allow == (decision.reach is not None) == (decision.limits is not None)
    if decision.allow:
        assert facts.certificate is not None
        assert facts.certificate.revoked is None
        assert facts.certificate.not_before <= now < facts.certificate.not_after


@given(facts_ | good, st.floats(0, 200))
def test_allowed_session_does_not_outlive_the_certificate(facts: Facts, now: float) -> None:
    decision = decide(POLICY, facts, now)

    if decision.limits is not None and facts.certificate is not None:
        assert 1 <= decision.limits.session_seconds <= facts.certificate.not_after - now
