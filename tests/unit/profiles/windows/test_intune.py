import base64
import json
from dataclasses import replace
from typing import cast

import pytest
from cryptography import x509

from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.vpnv2.write import Dialect
from evertunnel.profiles.windows.intune import build
from evertunnel.profiles.windows.tunnels import tunnels

Json = dict[str, object]


def test_each_policy_has_its_assignment(plan: Plan, trust: Trust) -> None:
    found = contents(plan, trust)

    assert sorted(name for name in found if "/" not in name) == [
        "1-root.json",
        "2-issuing.json",
        "3-scep-device.json",
        "3-scep-user.json",
        "4-custom-device.json",
        "4-custom-user.json",
        "instead-of-4-vpn-device.json",
        "instead-of-4-vpn-user.json",
    ]
    assert {name for name in found if "/" not in name} == {
        name.removeprefix("assignments/") for name in found if "/" in name
    }


def test_the_custom_policy_carries_the_profile_in_the_order_that_intune_needs(
    plan: Plan, hostile: Plan, trust: Trust
) -> None:
    for chosen in (plan, hostile):
        for tunnel in tunnels(chosen, trust):
            (setting,) = cast(
                "list[Json]", contents(chosen, trust)[f"4-custom-{tunnel.kind.value}.json"]["omaSettings"]
            )

            assert base64.b64decode(str(setting["value"])).decode() == tunnel.xml(Dialect.INTUNE)
            assert setting["omaUri"] == (
                f"./{tunnel.kind.value.title()}/Vendor/MSFT/VPNv2/{tunnel.instance_id}/ProfileXML"
            )


def test_the_certificates_are_those_that_clients_trust(plan: Plan, trust: Trust) -> None:
    found = contents(plan, trust)

    for name, store, pem in (
        ("1-root.json", "computerCertStoreRoot", trust.root),
        ("2-issuing.json", "computerCertStoreIntermediate", trust.issuing),
    ):
        octets = base64.b64decode(str(found[name]["trustedRootCertificate"]))
        assert x509.load_der_x509_certificate(octets) == x509.load_pem_x509_certificate(pem.encode())
        assert found[name]["destinationStore"] == store


@pytest.mark.parametrize(
    ("kind", "store", "san"),
    [
        ("device", "machine", "{{DeviceName}}.corp.contoso.com"),
        ("user", "user", "{{UserPrincipalName}}"),
    ],
)
def test_a_certificate_carries_the_name_that_we_look_for_and_the_sid(
    plan: Plan, trust: Trust, kind: str, store: str, san: str
) -> None:
    policy = contents(plan, trust)[f"3-scep-{kind}.json"]

    names = [each["name"] for each in cast("list[Json]", policy["customSubjectAlternativeNames"])]

    assert policy["certificateStore"] == store
    assert names == [san, "{{OnPremisesSecurityIdentifier}}"]


def test_who_gets_a_policy_is_who_may_have_the_certificate(plan: Plan, trust: Trust) -> None:
    found = contents(plan, trust)

    assert groups(found["assignments/4-custom-device.json"]) == ["REPLACE-WITH-OBJECT-ID-OF VPN Devices"]
    assert groups(found["assignments/4-custom-user.json"]) == ["REPLACE-WITH-OBJECT-ID-OF VPN Users"]
    assert groups(found["assignments/1-root.json"]) == [
        "REPLACE-WITH-OBJECT-ID-OF VPN Devices",
        "REPLACE-WITH-OBJECT-ID-OF VPN Users",
    ]


def test_without_a_user_tunnel_there_is_no_policy_for_one(plan: Plan, trust: Trust) -> None:
    found = contents(replace(plan, user_tunnel=None), trust)

    assert [name for name in found if "user" in name] == []
    assert groups(found["assignments/1-root.json"]) == ["REPLACE-WITH-OBJECT-ID-OF VPN Devices"]


def test_what_the_template_policy_cannot_say_is_said_of_the_plan(plan: Plan, trust: Trust) -> None:
    profile = replace(plan.device_tunnel.profile, route_metric=5)
    metric = replace(plan, device_tunnel=replace(plan.device_tunnel, profile=profile))

    assert "device_tunnel.profile.route_metric" in {each.path for each in build(metric, trust).missing}
    assert "device_tunnel.profile.route_metric" not in {each.path for each in build(plan, trust).missing}


def contents(plan: Plan, trust: Trust) -> dict[str, Json]:
    documents = build(plan, trust).documents
    return {str(each.path): json.loads(each.content) for each in documents if each.path.suffix == ".json"}


def groups(assignment: Json) -> list[str]:
    return [str(cast("Json", each["target"])["groupId"]) for each in cast("list[Json]", assignment["assignments"])]
