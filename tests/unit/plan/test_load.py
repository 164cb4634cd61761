import pytest

from evertunnel.errors import DocumentError
from evertunnel.plan import checks
from evertunnel.plan.load import examine, load
from evertunnel.plan.model import Plan
from evertunnel.values import Fqdn


def test_contoso_loads_with_no_findings_at_all(contoso_text: str, contoso: Plan) -> None:
    plan = load(contoso_text, name="contoso.toml")

    assert plan == contoso
    assert plan.gateway.name == Fqdn("vpn.contoso.com")
    assert checks.findings(plan) == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = @\n", "plan.toml: line 1, column 5: not TOML: invalid value. "),
        ("[a]\n[a]\n", "plan.toml: line 2, column 3: not TOML: cannot declare ('a',) twice. "),
        ('a = "x', "plan.toml: end of document: not TOML: unterminated string. "),
        ("a = " + "[" * 100_000, "plan.toml: (whole file): not TOML: nested too deeply. "),
        ("a = " + "1" * 5_000, "plan.toml: (whole file): not TOML: a number is too long. "),
    ],
)
def test_syntax_errors_carry_their_place(text: str, line: str) -> None:
    assert errors(text)[0].startswith(line)


def test_all_problems_of_structure_come_at_once_with_suggestions(contoso_text: str) -> None:
    text = contoso_text.replace("proposals =", "proposal =").replace('"10.99.0.0/24"', '"10.99.0.1/24"')

    assert errors(text) == [
        (
            "plan.toml: gateway.pools.devices.network: '10.99.0.1/24' is not an IPv4 network. "
            "Write it like 10.99.0.0/24, with no host bits set."
        ),
        "plan.toml: gateway.proposal: unknown setting. Did you mean proposals?",
    ]


def test_ranges_and_checks_come_together(contoso_text: str) -> None:
    text = contoso_text.replace("lease_seconds = 15", "lease_seconds = 5").replace(
        '"vpn.contoso.com"', '"vpn.fabrikam.com"'
    )

    assert [line.split(": ")[1] for line in errors(text)] == ["limits.lease_seconds", "gateway.name"]


def test_warnings_do_not_stop_a_plan(contoso_text: str) -> None:
    plan = load(contoso_text.replace("10.99.0.0/24", "192.168.1.0/24"), name="plan.toml")

    (found,) = checks.findings(plan)
    assert str(found).startswith("warning: gateway.pools.devices.network: 192.168.1.0/24 overlaps 192.168.1.0/24")
    assert checks.problems(plan) == ()


def test_unknown_settings_do_not_keep_the_checks_away(contoso_text: str) -> None:
    wrong = contoso_text.replace('"vpn.contoso.com"', '"vpn.fabrikam.com"').replace("10.99.0.0/24", "192.168.1.0/24")
    typo = wrong.replace("lease_seconds", "leese_seconds")

    one, other = examine(wrong), examine(typo)

    assert [finding.path for finding in one.findings] == ["gateway.name", "gateway.pools.devices.network"]
    assert [finding.path for finding in other.findings] == ["limits.leese_seconds", *(f.path for f in one.findings)]
    assert [finding.path for finding in other.errors()] == ["limits.leese_seconds", "gateway.name"]
    assert (one.complete, other.complete) == (True, True)
    assert (one.plan, other.plan) == (None, None)


def test_an_unknown_setting_alone_stops_a_plan(contoso_text: str, contoso: Plan) -> None:
    assert examine(contoso_text).plan == contoso
    assert examine(f"leese_seconds = 15\n{contoso_text}").plan is None


def test_a_setting_that_cannot_be_read_keeps_the_checks_away_and_that_is_said(contoso_text: str) -> None:
    wrong = contoso_text.replace('"vpn.contoso.com"', '"vpn.fabrikam.com"')

    examined = examine(wrong.replace("lease_seconds = 15", 'lease_seconds = "15"'))

    assert [finding.path for finding in examined.findings] == ["limits.lease_seconds"]
    assert not examined.complete


def test_missing_settings_say_what_they_are_for(contoso_text: str) -> None:
    text = contoso_text.replace('publication_name = "pki.corp.contoso.com"', "")

    (line,) = errors(text)
    assert line == (
        "plan.toml: certificates.publication_name: missing. "
        "Add it: DNS name under which the publisher serves CRLs and CA certificates over HTTP."
    )


def test_an_empty_file_is_told_every_section_that_is_missing() -> None:
    paths = [line.split(": ")[1] for line in errors("")]

    assert paths[:3] == ["schema", "organisation", "hosts"]


def errors(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        load(text, name="plan.toml")
    return str(caught.value).splitlines()
