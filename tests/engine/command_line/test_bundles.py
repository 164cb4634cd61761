"""`bundle`, and `apply` of bundles that somebody spoiled."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.engine.command_line.machine import PLAN, Machine

pytestmark = pytest.mark.engine

Spoil = Callable[[dict[str, Any]], str]


@pytest.fixture(scope="module")
def bundle(core: Machine) -> dict[str, Any]:
    core.types("bundle", PLAN, "gateway1", "inner1", "--out", "/var/tmp", status=0)
    read: dict[str, Any] = json.loads(core.host.read("/var/tmp/gateway1.bundle"))
    return read


def test_a_bundle_is_roots_alone_and_no_secret_is_printed(core: Machine, bundle: dict[str, Any]) -> None:
    assert core.host.run(["stat", "-c", "%a %U", "/var/tmp/gateway1.bundle"]).stdout == "600 root\n"
    assert "BEGIN" not in "".join(core.said).replace("BEGIN CERTIFICATE", "")
    assert bundle["public"] == {"name": "vpn.contoso.com", "address": "203.0.113.10"}


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ("dns1", "hosts.dns1.mode: external: its owner runs it"),
        ("gateway9", "no such host: gateway9; the plan has edge1"),
        ("gateway1 dns1", "external"),
        ("../x", "is not a host name"),
    ],
)
def test_bundles_of_hosts_that_we_do_not_run_are_refused_and_none_is_written(
    core: Machine, hosts: str, said: str
) -> None:
    core.host.run(["mkdir", "-p", "/var/tmp/out"])

    assert said in core.fails("bundle", PLAN, *hosts.split(), "--out", "/var/tmp/out", status=2)
    assert core.finds("/var/tmp/out") == []


def test_a_place_that_is_not_there_is_told_before_anything_is_issued(core: Machine) -> None:
    before = core.types("certificate", "list", status=0).stdout

    assert "is no directory" in core.fails("bundle", PLAN, "gateway1", "--out", "/nowhere", status=2)
    assert core.types("certificate", "list", status=0).stdout == before


def test_another_hosts_bundle_is_refused(core: Machine, bundle: dict[str, Any]) -> None:
    said = core.fails("apply", "/var/tmp/gateway1.bundle", status=2)

    assert (
        "this bundle is for gateway1, and this host is core1. If it is gateway1 all the same: --host gateway1" in said
    )


def truncated(bundle: dict[str, Any]) -> str:
    return json.dumps(bundle)[:2000]


def of_another_schema(bundle: dict[str, Any]) -> str:
    return json.dumps({**bundle, "schema": 2})


def with_a_strange_key(bundle: dict[str, Any]) -> str:
    return json.dumps({**bundle, "backdoor": True})


def with_a_wrong_type(bundle: dict[str, Any]) -> str:
    return json.dumps({**bundle, "firewall": ["accept everything"]})


def a_list(_bundle: dict[str, Any]) -> str:
    return "[]"


def deep(_bundle: dict[str, Any]) -> str:
    return "[" * 100_000


def empty(_bundle: dict[str, Any]) -> str:
    return ""


def not_even_text(_bundle: dict[str, Any]) -> str:
    return "\x00\x01\x02"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (truncated, "not JSON"),
        (of_another_schema, "bundle schema 2 is not known to this version"),
        (with_a_strange_key, "backdoor: unknown setting"),
        (with_a_wrong_type, "firewall: "),
        (a_list, "(whole"),
        (deep, "not JSON"),
        (empty, "not JSON"),
        (not_even_text, "not JSON"),
    ],
)
def test_a_spoiled_bundle_is_refused_and_nothing_is_touched(
    bare: Machine, bundle: dict[str, Any], spoil: Spoil, said: str
) -> None:
    bare.host.write("/var/tmp/spoiled.bundle", spoil(bundle), 0o600)
    before = bare.finds("/etc", "/var/lib/evertunnel")

    words = bare.fails("apply", "/var/tmp/spoiled.bundle", status=2)

    assert words.startswith("/var/tmp/spoiled.bundle: ")
    assert said in words
    assert "PRIVATE KEY" not in words
    assert bare.finds("/etc", "/var/lib/evertunnel") == before
    assert bare.host.run(["nft", "list", "ruleset"]).stdout == ""


def test_a_bundle_that_would_write_elsewhere_is_refused_and_nothing_is_touched(
    bare: Machine, bundle: dict[str, Any]
) -> None:
    spoiled = json.loads(json.dumps({**bundle, "host": "bare"}))
    spoiled["gateway"]["local"]["files"][0]["path"] = "/etc/passwd"
    bare.host.write("/var/tmp/elsewhere.bundle", json.dumps(spoiled), 0o600)
    before = bare.finds("/etc", "/var/lib/evertunnel")

    assert "not this domain's to manage: /etc/passwd" in bare.fails("apply", "/var/tmp/elsewhere.bundle", status=1)
    assert "apply would refuse" in bare.fails("preview", "/var/tmp/elsewhere.bundle", status=1)
    assert bare.finds("/etc", "/var/lib/evertunnel") == before
    assert bare.host.run(["nft", "list", "ruleset"]).stdout == ""
