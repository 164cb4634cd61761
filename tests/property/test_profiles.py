"""What is written can be read, and reads as what was written; whatever is read, nothing falls over."""

import dataclasses
import enum
import functools
import ipaddress
import re
import types
import typing
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from evertunnel.documents.xml import NotWellFormed
from evertunnel.plan.load import load
from evertunnel.plan.windows import Windows
from evertunnel.profiles.lint.mend import mend
from evertunnel.profiles.lint.rules import check, check_together
from evertunnel.profiles.vpnv2 import nodes
from evertunnel.profiles.vpnv2.eap import (
    EapHostConfig,
    EapTls,
    EapTtls,
    Filtering,
    MsChapV2,
    OtherEap,
    Peap,
    TlsExtensions,
)
from evertunnel.profiles.vpnv2.model import Authentication, Left, NativeProfile, VpnProfile
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.reading import Kind, Reading
from evertunnel.profiles.vpnv2.values import AddressRange, Item, PortRange, Server, Text, Thumbprint
from evertunnel.profiles.vpnv2.write import Dialect, as_windows_echoes, write
from evertunnel.values import ObjectId, Secret

CONTOSO = load(
    (Path(__file__).parents[2] / "examples" / "contoso.toml").read_text(encoding="utf-8"), name="contoso.toml"
)
NAMES = st.text("abcdefghij.-_%\\$äß&<>\"'", min_size=1, max_size=12)
PORTS = st.integers(0, 65_535)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=20)
TEXTS = TEXT.filter(str.strip).map(Text)
IPV4 = st.ip_addresses(v=4)
LEAVES: dict[object, st.SearchStrategy[object]] = {
    bool: st.booleans(),
    Text: TEXTS,
    Item: NAMES.filter(lambda text: not set(text) & set("<>,;")).map(Item),
    Secret: TEXTS.map(Secret),
    ObjectId: st.sampled_from([ObjectId("1.3.6.1.5.5.7.3.2"), ObjectId("1.3.6.1.4.1.311.87")]),
    Thumbprint: st.binary(min_size=20, max_size=20).map(lambda octets: Thumbprint(octets.hex())),
    Server: st.builds(Server, st.sampled_from(["vpn.contoso.com", "192.0.2.1"]), st.sampled_from(["", "Head office"])),
    PortRange: st.tuples(PORTS, PORTS).map(sorted).map(lambda pair: PortRange(*pair)),
    AddressRange: st.one_of(
        IPV4.map(lambda address: AddressRange.read(str(address))),
        st.tuples(IPV4, st.integers(0, 32)).map(lambda pair: AddressRange.read(f"{pair[0]}/{pair[1]}")),
    ),
    ipaddress.IPv4Address: IPV4,
    ipaddress.IPv6Address: st.ip_addresses(v=6),
}
METHODS = (EapTls, Peap, EapTtls, MsChapV2, OtherEap)
UNKNOWN = st.sampled_from(
    ["<Novel>x</Novel>", "<Novel a='&lt;'><!-- b -->\n <c/></Novel>", "<AlwaysOn>perhaps</AlwaysOn>"]
)


def value_of(hint: object, within: range | None) -> st.SearchStrategy[typing.Any]:
    kinds = [each for each in _members(hint) if each not in {type(None), Ellipsis}]
    return st.one_of([_one(kind, within) for kind in kinds])


def _members(hint: object) -> tuple[object, ...]:
    if typing.get_origin(hint) in {tuple, types.UnionType, typing.Union}:
        return tuple(inner for each in typing.get_args(hint) for inner in _members(each))
    return (hint,)


def _one(kind: object, within: range | None) -> st.SearchStrategy[typing.Any]:
    if kind is int:
        within = within or range(2**32)
        return st.integers(within.start, within.stop - 1)
    if kind in LEAVES:
        return LEAVES[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from(kind)
    return st.deferred(lambda: instances(kind))


@functools.cache
def instances(kind: typing.Any) -> st.SearchStrategy[typing.Any]:  # noqa: ANN401 (any class of the model)
    if kind is EapHostConfig:
        return st.builds(EapHostConfig, method=st.one_of([instances(each) for each in METHODS]))
    if kind is OtherEap:
        return st.builds(
            OtherEap, number=st.sampled_from([4, 43]), config=st.sampled_from(["", "<a xmlns='urn:x'>b</a>"])
        )
    hints = typing.get_type_hints(kind)
    fields: dict[str, st.SearchStrategy[typing.Any]] = {}
    for field in dataclasses.fields(kind):
        if "node" in field.metadata:
            inner = value_of(hints[field.name], nodes.node_of(field).within)
            is_many = typing.get_origin(hints[field.name]) is tuple
            fields[field.name] = st.lists(inner, min_size=1, max_size=2).map(tuple) if is_many else inner
    if kind is EapTtls:
        fields["author"] = st.sampled_from([0, 311])
    if not fields:
        return st.builds(kind)
    # A few fields at a time: a whole profile costs half a second.
    chosen = st.lists(st.sampled_from(sorted(fields)), max_size=3, unique=True)
    return chosen.flatmap(lambda names: st.builds(kind, **{name: fields[name] for name in names}))


kept = st.lists(st.builds(Left, path=st.just("VPNProfile"), xml=UNKNOWN), max_size=2).map(tuple)
filtered = st.builds(EapTls, extensions=st.builds(TlsExtensions, filtering=instances(Filtering)))
blocks = st.one_of(filtered, instances(EapTtls)).map(
    lambda method: VpnProfile(
        native=NativeProfile(authentication=Authentication(eap=EapHostConfig(method=method))),
    )
)
profiles = st.builds(lambda profile, left: dataclasses.replace(profile, left=left), instances(VpnProfile), kept)


@settings(max_examples=150)
@given(profiles)
def test_what_is_written_reads_as_what_was_written(profile: VpnProfile) -> None:
    assert read(write(profile)).profile == profile


@settings(max_examples=50)
@given(instances(VpnProfile))
def test_intunes_dialect_says_the_same_as_windows_gives_back(profile: VpnProfile) -> None:
    assert read(write(profile, Dialect.INTUNE)).profile == as_windows_echoes(profile)


@settings(max_examples=50)
@given(instances(VpnProfile))
def test_what_is_written_is_as_it_should_be(profile: VpnProfile) -> None:
    kinds = {remark.kind for remark in read(write(profile)).remarks}

    assert kinds <= {Kind.NOT_IN_SCHEMA, Kind.RAW}


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_nothing_that_is_no_profile_makes_the_reader_fall_over(data: bytes | str) -> None:
    try:
        read(data)
    except NotWellFormed as refused:
        event(refused.what)


@settings(max_examples=150)
@given(profiles, st.data())
def test_a_damaged_profile_is_read_or_refused_and_then_stays_as_it_is(profile: VpnProfile, data: st.DataObject) -> None:
    text = write(profile)
    at = data.draw(st.integers(0, len(text)))
    damaged = (
        text[:at]
        + data.draw(st.sampled_from(["", "<x/>", "<", "</", "&amp;", "true", "<AlwaysOn>", "\n"]))
        + text[at + 3 :]
    )

    try:
        once = read(damaged).profile
    except NotWellFormed:
        return

    assert read(write(once)).profile == once


@settings(max_examples=150)
@given(profiles | blocks)
def test_no_wrong_value_is_lost(profile: VpnProfile) -> None:
    text = re.sub('(?<=[>"])(true|311)(?=[<"])', "perhaps", write(profile))

    once = read(text).profile

    assert write(once).count("perhaps") == text.count("perhaps")
    assert read(write(once)).profile == once


@settings(max_examples=100)
@given(profiles, st.sampled_from([None, *Windows]))
def test_no_profile_makes_the_linter_fall_over(profile: VpnProfile, windows: Windows | None) -> None:
    found = check(Reading(profile=profile), windows=windows) + check(read(write(profile)), against=CONTOSO)

    assert all(finding.why and finding.mend and finding.line for finding in found)


@settings(max_examples=50)
@given(st.lists(profiles, max_size=4), st.lists(st.booleans(), min_size=4, max_size=4))
def test_no_profiles_together_make_the_linter_fall_over(several: list[VpnProfile], device: list[bool]) -> None:
    each_once = [dataclasses.replace(one, device_tunnel=is_one) for one, is_one in zip(several, device, strict=False)]
    readings = [(f"{number}.xml", read(write(each))) for number, each in enumerate(each_once)]

    found = check_together(readings)

    assert [tuple(each for each in one if each.code[:2] != "SP") for one in found] == [
        tuple(each for each in check(reading) if each in one) for (_, reading), one in zip(readings, found, strict=True)
    ]


@settings(max_examples=100)
@given(profiles, st.sampled_from([None, *Dialect]))
def test_what_is_mended_needs_no_mending(profile: VpnProfile, dialect: Dialect | None) -> None:
    reading = read(write(profile).replace("true", "True").replace("LockDown>", "Lockdown>").replace(",", ", "))
    mended = mend(reading, dialect)

    assert mended is None or mend(read(mended.text), dialect) is None
