import dataclasses
import tomllib
from pathlib import Path
from typing import TypeVar

import pytest

from evertunnel import documents
from evertunnel.pki import render
from evertunnel.pki.model import State
from evertunnel.pki.settings import PublisherSettings, SignerSettings
from evertunnel.pki.templates import TemplateName
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.values import HostName

EXAMPLE = Path(__file__).parents[3] / "examples" / "contoso.toml"
CORE = HostName("core1")
T = TypeVar("T")


def test_authoritys_host_gets_both_services_each_with_its_file_and_no_more_rights_than_it_needs(plan: Plan) -> None:
    state = render.desired(plan, CORE)

    assert [str(file.path) for file in state.files] == [
        "/etc/evertunnel/pki/publisher.json",
        "/etc/evertunnel/pki/signer.json",
    ]
    assert {service.name: (service.user, service.capabilities) for service in state.services} == {
        "signer": ("evertunnel-signer", ()),
        "publisher": ("evertunnel-publisher", ("CAP_NET_BIND_SERVICE",)),
    }
    assert {(str(each.path), each.mode) for each in state.directories} == {
        ("/var/lib/evertunnel/ca", 0o700),
        ("/var/lib/evertunnel/signer", 0o700),
        ("/var/lib/evertunnel/publisher", 0o755),
    }


def test_other_hosts_get_nothing(plan: Plan) -> None:
    assert render.desired(plan, HostName("gateway1")) == State()


def test_changed_template_is_another_generation_of_the_signer_alone(plan: Plan) -> None:
    device = dataclasses.replace(plan.certificates.templates.device, days=30)
    templates = dataclasses.replace(plan.certificates.templates, device=device)
    other = dataclasses.replace(plan, certificates=dataclasses.replace(plan.certificates, templates=templates))

    before, after = (render.desired(each, CORE).services for each in (plan, other))

    assert [a.generation != b.generation for a, b in zip(before, after, strict=True)] == [True, False]


def test_signers_settings_say_what_the_plan_says(plan: Plan) -> None:
    settings = _read(SignerSettings, plan, "signer.json")

    assert settings.server_names == {"gateway1": ("vpn.contoso.com", "203.0.113.10")}
    assert {str(name): rules.groups for name, rules in settings.templates.items()} == {
        "device": ("VPN Devices",),
        "vpn-server": ("VPN Servers",),
        "nps-server": ("NPS Servers",),
        "user": ("VPN Users",),
        "mail": ("VPN Users",),
    }
    assert settings.templates[TemplateName.DEVICE].days == 365


def test_publisher_listens_on_the_internal_address(plan: Plan) -> None:
    settings = _read(PublisherSettings, plan, "publisher.json")

    assert (str(settings.address), settings.port) == ("10.0.0.20", 80)


def test_host_that_only_publishes_gets_no_signer(plan: Plan) -> None:
    core = dataclasses.replace(plan.hosts[CORE], roles=(Role.PUBLISHER,))
    other = dataclasses.replace(plan, hosts={**plan.hosts, CORE: core})

    assert [service.name for service in render.desired(other, CORE).services] == ["publisher"]


def test_authority_is_made_from_the_plan(plan: Plan) -> None:
    settings = render.authority_settings(plan)

    assert (settings.organisation, settings.root_name, settings.root_years) == ("Contoso", "Contoso Root CA", 20)


def _read(kind: type[T], plan: Plan, name: str) -> T:
    (content,) = (file.content for file in render.desired(plan, CORE).files if file.path.name == name)
    return documents.from_json(kind, content, name=name)


@pytest.fixture
def plan() -> Plan:
    return documents.read(Plan, tomllib.loads(EXAMPLE.read_text()), name="contoso.toml")
