from dataclasses import replace

import pytest

from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.model import Standing
from evertunnel.explain.seen import CHECKS, Seen, Shown, verdicts
from evertunnel.reconcile import Evidence

NOW, DAY = 1_795_319_585.0, 86_400.0
CERTIFICATE = Shown(
    names=("vpn.contoso.com",), not_before=NOW - DAY, not_after=NOW + DAY, is_for_servers=True, is_revoked=False
)
NOTHING = Seen(host="gateway1", at=NOW)
FOUND, RULED_OUT, NOT_CHECKED = Standing.FOUND, Standing.RULED_OUT, Standing.NOT_CHECKED


def test_each_check_is_about_a_cause_that_exists(catalogue: Catalogue) -> None:
    assert set(CHECKS) - set(catalogue.causes) == set()


def test_host_that_shows_nothing_rules_out_nothing() -> None:
    assert verdicts(NOTHING) == {}


@pytest.mark.parametrize(
    ("cause", "part"),
    [
        ("gateway-shut", "gateway latch"),
        ("gateway-not-loaded", "gateway connections"),
        ("firewall-altered", "firewall table"),
        ("group-missing", "directory"),
    ],
)
def test_part_that_holds_rules_its_cause_out_and_one_that_does_not_is_it(cause: str, part: str) -> None:
    assert standing(cause, seen(part)) is RULED_OUT
    assert standing(cause, seen(part, held=False)) is FOUND
    assert cause not in verdicts(seen("another part"))


def test_evidence_says_where_and_what_was_seen() -> None:
    assert verdicts(seen("gateway latch"))["gateway-shut"].evidence == "on gateway1, gateway latch: as it was seen"


def test_radius_is_silent_where_it_does_not_answer_and_not_where_the_gateway_got_an_answer() -> None:
    assert standing("radius-silent", seen("RADIUS answers", held=False)) is FOUND
    assert standing("radius-silent", seen("RADIUS answers")) is NOT_CHECKED
    assert standing("radius-silent", seen("gateway latch")) is RULED_OUT
    assert "radius-silent" not in verdicts(seen("gateway latch", held=False))


def test_lists_in_time_here_are_not_those_that_others_fetch() -> None:
    assert standing("crl-out-of-date", seen("root CRL", held=False)) is FOUND
    assert standing("crl-out-of-date", seen("issuing CRL")) is NOT_CHECKED


def test_services_count_where_the_radius_server_is() -> None:
    here = Evidence(part="RADIUS answers", held=True, what="answered")
    running, down = (Evidence(part="service policy", held=held, what="as it was seen") for held in (True, False))

    assert standing("service-down", replace(NOTHING, evidence=(here, running))) is RULED_OUT
    assert standing("service-down", replace(NOTHING, evidence=(here, running, down))) is FOUND
    assert "service-down" not in verdicts(replace(NOTHING, evidence=(running,)))


def test_name_that_leads_here_may_lead_elsewhere_for_a_client() -> None:
    assert standing("name-not-public", seen("public name")) is NOT_CHECKED
    assert standing("name-not-public", seen("public name", held=False)) is FOUND


@pytest.mark.parametrize(
    ("cause", "wrong"),
    [
        ("gateway-certificate-expired", replace(CERTIFICATE, not_after=NOW - 1)),
        ("gateway-certificate-expired", replace(CERTIFICATE, not_before=NOW + 1)),
        ("gateway-certificate-revoked", replace(CERTIFICATE, is_revoked=True)),
        ("gateway-name-not-in-certificate", replace(CERTIFICATE, names=("gateway1.corp.contoso.com",))),
        ("gateway-name-not-in-certificate", replace(CERTIFICATE, names=())),
        ("gateway-usage-missing", replace(CERTIFICATE, is_for_servers=False)),
    ],
)
def test_certificate_of_the_gateway_is_looked_at(cause: str, wrong: Shown) -> None:
    gateway = replace(NOTHING, gateway=CERTIFICATE, public_name="vpn.contoso.com")

    assert standing(cause, gateway) is RULED_OUT
    assert standing(cause, replace(gateway, gateway=wrong)) is FOUND


def test_revocation_is_told_only_where_the_records_are() -> None:
    unknown = replace(NOTHING, gateway=replace(CERTIFICATE, is_revoked=None))

    assert "gateway-certificate-revoked" not in verdicts(unknown)


def test_name_is_not_judged_where_nobody_knows_what_clients_connect_to() -> None:
    assert "gateway-name-not-in-certificate" not in verdicts(replace(NOTHING, gateway=CERTIFICATE))


@pytest.mark.parametrize("wrong", [replace(CERTIFICATE, not_after=NOW - 1), replace(CERTIFICATE, is_for_servers=False)])
def test_certificate_of_the_radius_server_is_looked_at(wrong: Shown) -> None:
    assert standing("radius-certificate-expired", replace(NOTHING, radius=CERTIFICATE)) is RULED_OUT
    assert standing("radius-certificate-expired", replace(NOTHING, radius=wrong)) is FOUND


def seen(part: str, *, held: bool = True) -> Seen:
    return replace(NOTHING, evidence=(Evidence(part=part, held=held, what="as it was seen"),))


def standing(cause: str, host: Seen) -> Standing:
    return verdicts(host)[cause].standing
