"""Whatever people call an organisation or a tunnel: it arrives as it is, or nothing is made."""

import json
import plistlib
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.profiles.contoso import CONTOSO, TRUST

from evertunnel.plan import checks
from evertunnel.plan.model import Plan
from evertunnel.profiles import android, apple, linux, strongswan
from evertunnel.profiles.delivery import Delivery

VISIBLE = st.text(min_size=1, max_size=40).filter(str.isprintable)
INVISIBLE = st.text(max_size=40).filter(lambda text: not text.isprintable())


@given(VISIBLE)
def test_name_arrives_as_it_is(name: str) -> None:
    plan = named(name)

    assert json.loads(content(android.build(plan, TRUST), "user-tunnel.sswan"))["name"] == name
    assert plistlib.loads(content(apple.build(plan, TRUST), "user-tunnel.mobileconfig"))["PayloadDisplayName"] == name
    keyfile = content(linux.build(plan, TRUST), "user-tunnel.nmconnection").decode()
    assert read_back(keyfile.split("\n")[1].removeprefix("id=")) == name


@given(VISIBLE)
def test_name_changes_nothing_but_itself(name: str) -> None:
    ours, others = linux.build(named(name), TRUST), linux.build(CONTOSO, TRUST)

    lines = content(ours, "user-tunnel.nmconnection").decode().split("\n")
    assert lines[2:] == content(others, "user-tunnel.nmconnection").decode().split("\n")[2:]
    assert strongswan.build(named(name), TRUST).documents == strongswan.build(CONTOSO, TRUST).documents


@given(INVISIBLE)
def test_name_that_cannot_be_seen_is_refused(name: str) -> None:
    assert [finding.path for finding in checks.problems(named(name))] == ["user_tunnel.profile.name"]


def named(name: str) -> Plan:
    tunnel = CONTOSO.user_tunnel
    assert tunnel is not None
    return replace(CONTOSO, user_tunnel=replace(tunnel, profile=replace(tunnel.profile, name=name)))


def content(delivery: Delivery, name: str) -> bytes:
    return next(document.content for document in delivery.documents if document.path.name == name)


def read_back(text: str) -> str:
    """A value as GLib's key files are read (g_key_file_get_string): leading spaces go, and backslashes speak."""
    text = text.lstrip(" ")
    signs = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    made, rest = "", iter(text)
    for sign in rest:
        made += signs[next(rest)] if sign == "\\" else sign
    return made
