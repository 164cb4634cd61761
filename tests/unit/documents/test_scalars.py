import math
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from evertunnel.documents import from_json, read, to_json, write
from evertunnel.errors import DocumentError
from evertunnel.values import GroupName, HostName, ObjectId, PrincipalName, Secret, Serial, Sid, UserName


class Colour(Enum):
    RED = "red"
    ONE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    text: str = "t"
    number: int = 1
    fraction: float = 0.5
    flag: bool = True
    octets: bytes = b"\x00\xff"
    address: IPv4Address
    network: IPv4Network
    interface: IPv4Interface
    host: HostName
    group: GroupName
    arc: ObjectId
    serial: Serial
    path: Path = Path("/etc")
    colour: Colour = Colour.RED
    secret: Secret


EVERY = Every(
    address=IPv4Address("10.0.0.1"),
    network=IPv4Network("10.0.0.0/24"),
    interface=IPv4Interface("10.0.0.1/24"),
    host=HostName("a"),
    group=GroupName("g"),
    arc=ObjectId("1.2"),
    serial=Serial("f"),
    secret=Secret("s"),
)


def test_every_scalar_is_written_plainly() -> None:
    assert write(EVERY) == {
        "text": "t",
        "number": 1,
        "fraction": 0.5,
        "flag": True,
        "octets": "AP8=",
        "address": "10.0.0.1",
        "network": "10.0.0.0/24",
        "interface": "10.0.0.1/24",
        "host": "a",
        "group": "g",
        "arc": "1.2",
        "serial": "f",
        "path": "/etc",
        "colour": "red",
        "secret": "s",
    }


def test_every_scalar_survives_json() -> None:
    assert from_json(Every, to_json(EVERY), name="d") == EVERY


def test_a_whole_number_will_do_for_a_fraction() -> None:
    assert read(Every, changed("fraction", 2), name="d").fraction == 2.0


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("text", 1, "1 is not text"),
        ("text", None, "None is not text"),
        ("number", 1.0, "1.0 is not a whole number"),
        ("number", 2**63, "9223372036854775808 is too large"),
        pytest.param("number", 2**100_000, "a very large number is too large", id="unprintable"),
        ("fraction", "1", "'1' is not a number"),
        ("fraction", True, "true is not a number"),
        ("fraction", math.nan, "nan is not a number that can be used here"),
        ("fraction", 10**400, "a very large number is not a number that can be used here"),
        ("flag", 1, "1 is not true or false"),
        ("octets", "§", "'§' is not base64"),
        ("octets", "A", "'A' is not base64"),
        ("address", "10.0.0", "'10.0.0' is not an IPv4 address"),
        ("address", 1, "1 is not text"),
        ("network", "10.0.0.1/24", "'10.0.0.1/24' is not an IPv4 network"),
        ("interface", "10.0.0.1/33", "'10.0.0.1/33' is not an IPv4 address with its prefix"),
        ("path", "", "'' is not a path"),
        ("path", "a\0", r"'a\x00' is not a path"),
        ("path", "a" * 2000, "is too long"),
        ("colour", "blue", "'blue' is not known here"),
        ("colour", True, "true is not known here"),
        ("colour", [], "[] is not known here"),
        ("secret", [1], "a secret is not text"),
    ],
)
def test_anything_else_is_refused(key: str, value: Any, what: str) -> None:  # noqa: ANN401 (any value of a document)
    with pytest.raises(DocumentError) as caught:
        read(Every, changed(key, value), name="d")

    (problem,) = caught.value.problems
    assert problem.path == key
    assert what in problem.what


def changed(key: str, value: object) -> object:
    document = write(EVERY)
    assert isinstance(document, dict)
    return {**document, key: value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    principal: PrincipalName
    sid: Sid | None = None


@pytest.mark.parametrize(("text", "kind"), [("Laptop1", HostName), ("Alice@contoso.com", UserName)])
def test_a_principal_is_read_as_what_it_is(text: str, kind: type) -> None:
    asked = read(Asked, {"principal": text, "sid": "S-1-5-21-1-2-3-4"}, name="asked")

    assert (type(asked.principal), asked.principal, type(asked.sid)) == (kind, text.lower(), Sid)
    assert from_json(Asked, to_json(asked), name="asked") == asked


@pytest.mark.parametrize("text", ["", "a_b", "alice@", "a/b@contoso.com", 5])
def test_what_is_nobodys_name_is_wrong(text: object) -> None:
    with pytest.raises(DocumentError, match="principal"):
        read(Asked, {"principal": text}, name="asked")
