from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel.cli.files import read_plan
from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.model import Standing
from evertunnel.explain.planned import CHECKS, Planned, verdicts
from evertunnel.plan.gateway import ProposalSet
from evertunnel.plan.model import Plan
from evertunnel.plan.policies import Access, NetworkPolicy
from evertunnel.plan.tunnels import EapType, Tunnel

CONTOSO = read_plan(Path(__file__).parents[3] / "examples" / "contoso.toml")
ENHANCED = Planned(plan=CONTOSO, ike=("aes128gcm16-prfsha256-modp2048",), esp=("aes128gcm16-ecp256",))
FOUND, RULED_OUT, NOT_CHECKED = Standing.FOUND, Standing.RULED_OUT, Standing.NOT_CHECKED


def test_each_check_is_about_a_cause_that_exists(catalogue: Catalogue) -> None:
    assert set(CHECKS) - set(catalogue.causes) == set()


@pytest.mark.parametrize(
    ("ike", "esp", "standing"),
    [
        ("aes128gcm16-prfsha256-modp2048", "aes128gcm16-ecp256", NOT_CHECKED),
        ("aes256-sha256-modp2048", "aes256-sha1", NOT_CHECKED),
        ("aes256-sha256-modp1024", "aes256-sha256", NOT_CHECKED),
        ("aes256gcm16-modp1024", "aes256-sha1", NOT_CHECKED),
        ("aes256-sha256-modp1024", "aes256-sha1", RULED_OUT),
        ("aes256gcm16-prfsha384-modp1024", "aes128-sha1-modp2048", RULED_OUT),
    ],
)
def test_sets_are_compared_with_what_windows_offers_by_itself(ike: str, esp: str, standing: Standing) -> None:
    planned = Planned(plan=CONTOSO, ike=(ike,), esp=(esp,))

    assert verdicts(planned)["windows-defaults-not-taken"].standing is standing


def test_named_set_comes_with_the_command_that_gives_it_to_a_client() -> None:
    custom = replace(CONTOSO, gateway=replace(CONTOSO.gateway, proposals=ProposalSet.CUSTOM))

    assert "-PfsGroup ECP256" in verdicts(ENHANCED)["windows-defaults-not-taken"].run
    assert verdicts(replace(ENHANCED, plan=custom))["windows-defaults-not-taken"].run == ""


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("policy-denies", lambda policy: replace(policy, access=Access.DENY)),
        ("outside-hours", lambda policy: replace(policy, hours=("Mon-Fri 07:00-19:00",))),
        ("session-limit", lambda policy: replace(policy, sessions_per_user=1)),
        ("session-limit", lambda policy: replace(policy, session_seconds=60)),
        ("from-other-device", lambda policy: replace(policy, from_devices=("VPN Devices",))),
    ],
)
def test_condition_is_ruled_out_only_where_no_policy_has_it(
    cause: str, change: Callable[[NetworkPolicy], NetworkPolicy]
) -> None:
    plain = NetworkPolicy(name="staff", access=Access.GRANT, tunnel=Tunnel.USER)

    assert verdicts(of(with_policies(plain)))[cause].standing is RULED_OUT
    assert verdicts(of(with_policies(plain, change(plain))))[cause].standing is NOT_CHECKED


def test_tunnel_that_no_policy_grants_is_found() -> None:
    granting = NetworkPolicy(name="staff", access=Access.GRANT, tunnel=Tunnel.USER)
    denying = replace(granting, access=Access.DENY)

    assert verdicts(of(with_policies(granting)))["no-policy-grants"].standing is RULED_OUT
    assert (
        verdicts(of(with_policies(denying)))["no-policy-grants"].evidence == "no network policy grants the user tunnel"
    )


def test_eap_types_are_told_and_never_ruled_out() -> None:
    tunnel = CONTOSO.user_tunnel
    assert tunnel is not None
    tls = replace(CONTOSO, user_tunnel=replace(tunnel, eap_types=(EapType.EAP_TLS,)))

    both, one, none = (
        verdicts(of(plan))["eap-type-not-offered"] for plan in (CONTOSO, tls, replace(CONTOSO, user_tunnel=None))
    )

    assert (both.standing, one.standing, none.standing) == (NOT_CHECKED, NOT_CHECKED, FOUND)
    assert "eap-tls alone" in one.evidence


def test_pool_is_compared_with_who_is_to_fit() -> None:
    pools = {name: replace(pool, identities=300) for name, pool in CONTOSO.gateway.pools.items()}
    small = replace(CONTOSO, gateway=replace(CONTOSO.gateway, pools=pools))

    assert verdicts(ENHANCED)["pool-too-small"].standing is RULED_OUT
    assert verdicts(of(small))["pool-too-small"].standing is FOUND


def test_names_to_compare_with_are_told() -> None:
    assert "carry vpn.contoso.com" in verdicts(ENHANCED)["client-dials-other-name"].evidence
    assert "carry core1.corp.contoso.com" in verdicts(ENHANCED)["radius-name-differs"].evidence


def of(plan: Plan) -> Planned:
    return replace(ENHANCED, plan=plan)


def with_policies(*policies: NetworkPolicy) -> Plan:
    return replace(CONTOSO, network_policies=policies)
