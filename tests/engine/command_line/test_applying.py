"""`apply`, `preview`, `verify` and `status` on the host of the authority."""

import json

import pytest
from tests.engine.command_line.machine import CONTOSO, PLAN, Machine

pytestmark = pytest.mark.engine


def test_a_second_apply_does_nothing(core: Machine) -> None:
    core.types("apply", PLAN, status=0)

    assert core.types("apply", PLAN, status=0).stdout == "0 action(s); everything verified\n"
    assert core.types("apply", status=0).stdout == "0 action(s); everything verified\n"
    assert json.loads(core.types("apply", "--json", status=0).stdout) == {"actions": []}
    assert core.types("preview", PLAN, status=0).stdout == "0 actions: core1 is as it shall be\n"


def test_apply_for_another_host_says_where_to_make_its_bundle(core: Machine) -> None:
    said = core.fails("apply", PLAN, "--host", "gateway1", status=2)

    assert "gateway1 is not where the authority is (core1 is), so it needs a bundle" in said
    assert "evertunnel bundle plan.toml gateway1" in said


def test_apply_for_a_host_that_is_not_in_the_plan_names_those_that_are(core: Machine) -> None:
    assert "no host 'nobody' in the plan (edge1, " in core.fails("apply", PLAN, "--host", "nobody", status=2)
    assert "is not a host name" in core.fails("apply", PLAN, "--host", "no_body", status=2)


def test_what_was_changed_by_hand_is_previewed_and_healed(core: Machine) -> None:
    core.host.run(["sh", "-c", "echo '# mine' >> /etc/evertunnel/radius/freeradius/site.conf"])

    found = json.loads(core.types("preview", "--json", status=0).stdout)

    assert any("site.conf" in action["action"] for action in found["actions"])
    assert found["refusals"] == []
    assert core.types("verify", status=1).stdout.count("FAILED") == 2  # the line, and the count
    assert "site.conf" in core.types("apply", status=0).stdout
    assert core.types("preview", status=0).stdout.startswith("0 actions")


def test_a_plan_with_a_pool_too_small_for_the_known_devices_is_refused(core: Machine) -> None:
    smaller = CONTOSO.read_text().replace("10.99.0.0/24", "10.99.0.0/30").replace("identities = 100", "identities = 1")
    core.host.write("/var/tmp/small.toml", smaller)
    core.types("device", "add", "many1", "many2", status=0)

    for verb in ("preview", "apply"):
        said = core.fails(verb, "/var/tmp/small.toml", status=2)
        assert "gateway.pools.devices.network: 10.99.0.0/30 has 2 addresses for" in said

    core.types("device", "remove", "many1", "many2", status=0)


def test_verify_proves_each_part(core: Machine) -> None:
    evidence = json.loads(core.types("verify", "--json", status=0).stdout)

    assert {"service signer", "service policy", "RADIUS answers", "issuing CRL"} <= {each["part"] for each in evidence}
    assert all(each["held"] for each in evidence)
    assert core.types("verify", status=0).stdout.endswith(f"all {len(evidence)} held\n")


def test_status_tells_what_runs_and_fails_when_something_does_not(core: Machine) -> None:
    found = json.loads(core.types("status", "--json", status=0).stdout)

    assert found["host"] == "core1"
    assert {service["name"] for service in found["services"]} == {
        "freeradius",
        "outbox",
        "policy",
        "publisher",
        "signer",
    }
    assert "  signer       runs\n" in core.types("status", status=0).stdout
