from dataclasses import replace

import pytest
from tests.unit.profiles.contoso import CONTOSO, TRUST, lacks, plan_with

from evertunnel import documents
from evertunnel.errors import Refused
from evertunnel.plan.model import Plan
from evertunnel.profiles import device, linux_agent, user
from evertunnel.profiles.delivery import Delivery
from evertunnel.profiles.device import CommonDeviceProfile
from evertunnel.profiles.identity import Identity
from evertunnel.profiles.user import CommonUserProfile
from evertunnel.values import UserName


def test_profiles_are_the_same_for_all_and_read_as_such() -> None:
    files = texts(linux_agent.build(CONTOSO, TRUST, None))

    assert files == texts(linux_agent.build(CONTOSO, TRUST, None))
    common = device.read_any(files["device-tunnel.profile"])
    assert isinstance(common, CommonDeviceProfile)
    assert common == linux_agent.device_profile(CONTOSO, TRUST)
    assert common.policy == "1.3.6.1.4.1.32473.1.1"
    everybody = user.read_any(files["user-tunnel.profile"])
    assert isinstance(everybody, CommonUserProfile)
    assert everybody == linux_agent.user_profile(CONTOSO, TRUST)
    assert everybody.policy == "1.3.6.1.4.1.32473.1.4"


def test_what_stands_around_a_certificate_is_left_out() -> None:
    around = replace(TRUST, root=f"Contoso's root\n{TRUST.root}")

    assert linux_agent.device_profile(CONTOSO, around) == linux_agent.device_profile(CONTOSO, TRUST)


def test_steps_name_the_groups_that_may_have_certificates_as_a_shell_reads_them() -> None:
    plan = plan_with({"certificates.templates.device.groups": ["Contoso's $laptops", "Others"]})

    assert "device add laptop1 --group 'Contoso'\"'\"'s $laptops'\n" in readme(plan)
    assert "user add alice@corp.contoso.com --group 'VPN Users'\n" in readme(plan)
    assert "device add laptop1\n" in readme(plan_with({"certificates.templates.device.groups": []}))


def test_steps_are_one_persons_where_one_is_named() -> None:
    bob = Identity(user=UserName("bob@corp.contoso.com"))

    assert "--profile user-tunnel.profile --certificate bob.crt" in readme(CONTOSO, bob)
    assert "alice" not in readme(CONTOSO, bob)


def test_plan_without_user_tunnel_gives_the_device_tunnels_alone() -> None:
    plan = replace(CONTOSO, user_tunnel=None)
    delivery = linux_agent.build(plan, TRUST, None)

    assert set(texts(delivery)) == {"README.md", "device-tunnel.profile"}
    assert "sign-in" not in readme(plan)
    with pytest.raises(Refused, match="this plan has no user tunnel"):
        linux_agent.user_profile(plan, TRUST)


def test_reach_without_a_port_to_knock_at_gives_no_profile_and_it_is_said() -> None:
    plan = plan_with({"reach.intranet.tcp": []})
    delivery = linux_agent.build(plan, TRUST, None)

    assert set(texts(delivery)) == {"README.md", "device-tunnel.profile"}
    assert "user_tunnel.reach" in lacks(delivery)
    assert "user_tunnel.reach" not in lacks(linux_agent.build(CONTOSO, TRUST, None))


def test_nothing_of_it_is_secret() -> None:
    delivery = linux_agent.build(CONTOSO, TRUST, None)

    assert not any(document.secret for document in delivery.documents)
    assert "PRIVATE" not in "".join(texts(delivery).values())
    assert documents.to_json(linux_agent.device_profile(CONTOSO, TRUST)) == texts(delivery)["device-tunnel.profile"]


def texts(delivery: Delivery) -> dict[str, str]:
    return {document.path.name: document.content.decode() for document in delivery.documents}


def readme(plan: Plan, identity: Identity | None = None) -> str:
    return texts(linux_agent.build(plan, TRUST, identity))["README.md"]
