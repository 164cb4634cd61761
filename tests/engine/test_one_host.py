"""The plan of one host, applied as an administrator does, with laptops around it."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.drivers.namespaces.warm import warm
from evertunnel.lab import probes
from evertunnel.lab.network import rehearsing
from evertunnel.lab.probes import NO_WAY
from evertunnel.lab.scenario import PLAN, READY, Scenario, wait_for
from evertunnel.plan.model import Plan

pytestmark = pytest.mark.engine

ONE_HOST = Path(__file__).parents[2] / "examples" / "one-host.toml"
MANAGEMENT, INTRANET, INSIDE, OUTSIDE = "10.0.0.10", "10.0.0.30", "10.0.0.1", "203.0.113.10"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """Everything on vpn1, and both laptops connected."""
    text = ONE_HOST.read_text()
    plan = documents.read(Plan, tomllib.loads(text), name=ONE_HOST.name)
    with rehearsing(plan, base=tmp_path_factory.mktemp("labs")) as lab, warm(READY) as program:
        scenario = Scenario(lab=lab, plan_text=text, program=program)
        scenario.make_authority()
        scenario.apply_core()
        scenario.know([], "alice")
        scenario.connect(scenario.profiles(scenario.requests()))
        yield scenario


def test_authority_and_gateway_are_one_host_and_a_second_apply_does_nothing(one: Scenario) -> None:
    assert one.core is one.gateway
    assert one.evertunnel(one.core, "apply", PLAN).stdout == "0 action(s); everything verified\n"
    verified = one.evertunnel(one.core, "verify", PLAN).stdout
    assert "held    gateway latch: UDP 500 and 4500 are open" in verified
    assert "held    RADIUS answers" in verified


def test_explain_rules_out_what_it_sees_to_be_well_and_finds_what_is_not(one: Scenario) -> None:
    certificate = explained(one, "13801")
    assert {name: certificate[f"gateway-{name}"] for name in ("certificate-expired", "usage-missing")} == {
        "certificate-expired": "ruled out",
        "usage-missing": "ruled out",
    }
    assert certificate["gateway-name-not-in-certificate"] == "ruled out"
    assert certificate["root-missing-on-client"] == "not checked"
    assert explained(one, "13848")["gateway-certificate-revoked"] == "ruled out"
    assert explained(one, "nps:6") == {"service-down": "ruled out", "radius-silent": "ruled out"}

    one.manage(one.core, "stop", "policy")
    assert explained(one, "nps:6") == {"service-down": "found", "radius-silent": "found"}
    one.manage(one.core, "start", "policy")
    assert explained(one, "nps:6") == {"service-down": "ruled out", "radius-silent": "ruled out"}


def test_a_packet_reaches_the_management_host_and_nothing_else(one: Scenario) -> None:
    laptop, address = one.host("laptop1"), str(one.wait_up("laptop1")["address"])

    assert probes.http(laptop, MANAGEMENT, source=address).observed == "answered 200 mgmt1 port 80"
    for target, port in ((MANAGEMENT, 81), (INTRANET, 80), (INSIDE, 80), (INSIDE, 22), (INSIDE, 812)):
        assert probes.tcp(laptop, target, port, NO_WAY, source=address, timeout=0.5).held, (target, port)
    assert probes.udp(laptop, INSIDE, 1812, NO_WAY, source=address, timeout=0.5).held
    other = str(one.wait_up("laptop2")["address"])
    assert probes.ping(laptop, other, NO_WAY, source=address, timeout=0.5).held


def test_the_management_host_opens_tcp_to_the_laptop_and_another_inside_host_does_not(one: Scenario) -> None:
    address = str(one.wait_up("laptop1")["address"])

    # Nothing listens there: a refusal comes from the laptop itself.
    assert probes.tcp(one.host("mgmt1"), address, 5985).observed == "refused"
    assert probes.tcp(one.host("printer1"), address, 5985, NO_WAY, timeout=0.5).held


def test_the_internet_finds_nothing_of_the_inside_on_the_host_but_ike(one: Scenario) -> None:
    stranger = one.host("stranger")

    for port in (22, 80, 443, 812, 1723):
        assert probes.tcp(stranger, OUTSIDE, port, NO_WAY, timeout=0.5).held, port
    for port in (1701, 1812):
        assert probes.udp(stranger, OUTSIDE, port, NO_WAY, timeout=0.5).held, port
    assert probes.tcp(stranger, INSIDE, 80, NO_WAY, timeout=0.5).held
    # The control: the host is there, and answers IKE.
    said = one.evertunnel(stranger, "check", _plan_on(one), "--outside", "--resolver", OUTSIDE, check=False).stdout
    assert "held    IKE: 203.0.113.10 UDP 500: a gateway answers" in said
    assert "held    IKE: 203.0.113.10 UDP 4500: a gateway answers" in said


def test_a_disabled_device_is_refused_and_comes_back_once_it_is_enabled(one: Scenario) -> None:
    laptop = one.host("laptop2")
    one.evertunnel(one.core, "device", "disable", "laptop2")
    one.services(one.gateway).restart("charon")

    wait_for("a refusal", lambda: _said(one, "laptop2", "REFUSED"))
    assert probes.tcp(laptop, MANAGEMENT, 80, NO_WAY, timeout=0.5).held

    one.evertunnel(one.core, "device", "enable", "laptop2")
    wait_for("laptop2 at mgmt1", lambda: _reached(one, "laptop2"), seconds=60.0)


def test_after_a_reboot_of_the_host_the_laptop_is_back_by_itself(one: Scenario) -> None:
    one.core.reboot()

    wait_for("laptop1 at mgmt1", lambda: _reached(one, "laptop1"), seconds=30.0)
    assert one.evertunnel(one.core, "apply", PLAN).stdout == "0 action(s); everything verified\n"


def test_remove_leaves_nothing(one: Scenario) -> None:
    assert one.evertunnel(one.core, "remove", "--purge").stdout.endswith("nothing is left\n")
    assert one.core.run(["nft", "list", "tables"]).stdout == ""
    assert one.core.run(["ip", "route", "show", "proto", "77"]).stdout == ""


def _reached(one: Scenario, laptop: str) -> dict[str, object]:
    address = one.client_status(laptop).get("address")
    probe = probes.tcp(one.host(laptop), MANAGEMENT, 80, source=str(address)) if address else None
    return {"probe": probe} if probe and probe.held else {}


def _said(one: Scenario, device: str, word: str) -> dict[str, object]:
    """The newest decision about a device, if it says this."""
    newest = one.evertunnel(one.core, "why", device, check=False).stdout.partition("\n\n")[0]
    return {"why": newest} if word in newest else {}


def explained(one: Scenario, code: str) -> dict[str, str]:
    """What looking at each cause of a code gave on the host."""
    (found,) = json.loads(one.evertunnel(one.core, "explain", code, "--live", "--json").stdout)["found"]
    return {cause["id"]: cause["standing"] for cause in found["causes"]}


def _plan_on(one: Scenario) -> str:
    one.host("stranger").write(PLAN, one.plan_text)
    return PLAN
