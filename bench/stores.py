"""A directory of any size for the policy service: devices and users in nested groups, and what it remembers of users.

Each device and each user is in three groups, each group in the next one of its chain, and the chains end in the groups
that the policy admits, so that every decision walks a whole chain. Every user authenticated a moment ago, and every
tenth has a live session.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from bench.asker import ADDRESS, GATEWAY, NAS_PORT, identity, serial

from evertunnel.access import Decision, Facts, Policy, Question, Record
from evertunnel.access.model import Served
from evertunnel.plan.policies import Access, NetworkPolicy, in_force
from evertunnel.plan.tunnels import DeviceTunnel, EapType, Tunnel, UserTunnel
from evertunnel.radius.journal import Journal
from evertunnel.radius.ledger import DATABASE as LEDGER
from evertunnel.radius.ledger import SCHEMA
from evertunnel.store.migrate import migrate
from evertunnel.values import Fqdn, GroupName

DEPTH = 5
POLICIES = 50
LIVE_EVERY = 10
DAY = 86_400.0
OUTERMOST = {Tunnel.DEVICE: GroupName("VPN Devices"), Tunnel.USER: GroupName("VPN Users")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many devices there are, and as many users."""

    members: int
    groups: int


def policy() -> Policy:
    """The network policies: each is about users, none but the last matches them; the devices' own comes after."""
    others = (
        NetworkPolicy(
            name=f"project {number}",
            access=Access.GRANT,
            tunnel=Tunnel.USER,
            user_groups=(GroupName(f"Project {number}"),),
        )
        for number in range(1, POLICIES)
    )
    staff = NetworkPolicy(
        name="staff",
        access=Access.GRANT,
        tunnel=Tunnel.USER,
        user_groups=(OUTERMOST[Tunnel.USER],),
        sessions_per_user=3,
    )
    device = DeviceTunnel(pool="devices", reach="management", groups=(OUTERMOST[Tunnel.DEVICE],))
    user = UserTunnel(pool="users", reach="intranet")
    return Policy(
        domain=Fqdn("corp.contoso.com"),
        device=Served(reach=device.reach),
        user=Served(reach=user.reach, eap_types=tuple(EapType)),
        network_policies=in_force((*others, staff), device, user),
    )


def make_store(path: Path, size: Size) -> None:
    """The directory, and a certificate for each."""
    migrate(path)
    now = time.time()
    with closing(sqlite3.connect(path)) as connection, connection:
        groups = [*OUTERMOST.values(), *(f"group {number}" for number in range(size.groups))]
        connection.executemany("INSERT INTO directory_group VALUES (?)", ((name,) for name in groups))
        connection.executemany(
            "INSERT INTO computer VALUES (?, 'device', 1, ?)", ((f"laptop{n}", now) for n in range(size.members))
        )
        connection.executemany(
            "INSERT INTO directory_user (name, enabled, added) VALUES (?, 1, ?)",
            ((identity(Tunnel.USER, n), now) for n in range(size.members)),
        )
        members = 'INSERT INTO membership (member, member_kind, "group") VALUES (?, ?, ?)'
        connection.executemany(members, _nested(size.groups))
        connection.executemany(members, _members(size))
        columns = "serial, template, principal, subject, not_before, not_after, pem, issued"
        connection.executemany(
            f"INSERT INTO certificate ({columns}) VALUES (?, ?, ?, '', ?, ?, '', ?)",  # noqa: S608 (columns stand above)
            (
                (serial(tunnel, n), tunnel.value, principal, now - DAY, now + DAY, now)
                for n in range(size.members)
                for tunnel, principal in ((Tunnel.DEVICE, f"laptop{n}"), (Tunnel.USER, identity(Tunnel.USER, n)))
            ),
        )


def make_decisions(directory: Path, size: Size) -> None:
    """Every user was let in a moment ago: without that the policy service knows no certificate of theirs."""
    directory.mkdir()
    journal, now = Journal(directory), time.time()
    for number in range(size.members):
        name = identity(Tunnel.USER, number)
        question = Question(
            tunnel=Tunnel.USER.value,
            identity=name,
            serial=serial(Tunnel.USER, number),
            gateway=GATEWAY,
            gateway_address=str(ADDRESS),
            phase="eap",
            port=str(NAS_PORT),
            eap_type=EapType.EAP_TLS.value,
            outer_name=name,
        )
        decision = Decision(allow=True, checks=(), name=name)
        journal.write(
            Record(id=f"{number:032x}", at=now, about=name, facts=Facts(question=question), decision=decision)
        )
    journal.rotate()


def make_ledger(directory: Path, size: Size) -> None:
    """Live sessions, which are good for an hour without another word."""
    directory.mkdir()
    now = time.time()
    columns = 'id, gateway, session, tunnel, name, "outer", "inner", started, seen, heard, interim'
    rest = "device, policy, class, cause, text, in_octets, out_octets, in_packets, out_packets"
    rows = (
        (f"{n}", GATEWAY, f"live-{n}", "user", identity(Tunnel.USER, n), _outer(n), "10.98.0.5", now, now, now, 1200)
        for n in range(0, size.members, LIVE_EVERY)
    )
    with closing(sqlite3.connect(directory / LEDGER)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
        connection.executemany(
            f"INSERT INTO ledger_session ({columns}, {rest}) VALUES ({'?, ' * 11} '', '', '', '', '', 0, 0, 0, 0)",  # noqa: S608 (columns stand above)
            rows,
        )


def _outer(number: int) -> str:
    return str(IPv4Address("198.18.0.0") + number)


def _nested(groups: int) -> Iterator[tuple[str, str, str]]:
    """Group in group, as deep as that; chains of users and of devices are the same ones."""
    for number in range(groups):
        above = number + groups // DEPTH
        for outermost in OUTERMOST.values() if above >= groups else (f"group {above}",):
            yield f"group {number}", "group", outermost


def _members(size: Size) -> Iterator[tuple[str, str, str]]:
    chains = size.groups // DEPTH
    for number in range(size.members):
        for group in {f"group {(number + each * 7) % chains}" for each in range(3)}:
            yield f"laptop{number}", "computer", group
            yield identity(Tunnel.USER, number), "user", group
