"""A machine with a charon for scripts of events in and commands out, and the SAs that it is shown."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from evertunnel.drivers.dynamic_values import Order, Wish
from evertunnel.drivers.radius_values import Accept, Answer
from evertunnel.drivers.vici_values import Child, Sa
from evertunnel.gateway.admission import (
    Answered,
    Ask,
    Began,
    Command,
    Connected,
    Gone,
    Lease,
    Listed,
    Loaded,
    Proved,
    Told,
    Withdraw,
)
from evertunnel.gateway.model import Limits
from evertunnel.gateway.session import Standing
from evertunnel.gateway.sessions import Machine

ADDRESS = IPv4Address("10.99.0.1")
ACCEPT = Accept(name="laptop1.corp.contoso.com", reach="management")
LEASE = Lease(reach="management", address=ADDRESS, seconds=15)
WITHDRAW = Withdraw(reach="management", address=ADDRESS)
ALICE = Accept(name="alice@corp.contoso.com", reach="management")
AGAIN = Order(wish=Wish.ASK_AGAIN, name="laptop1.corp.contoso.com")


class Gate:
    """A machine with the instance 1-1, and the last question's number."""

    def __init__(self) -> None:
        limits = Limits(lease=15, ask_again=60, grace=120)
        pools = (IPv4Network("10.99.0.0/24"),)
        self.machine = Machine(limits=limits, reaches=("management", "other"), pools=pools, patience=7)
        self.number = 0

    def open(self) -> "Gate":
        self.machine.handle(Connected(instance="1-1"), 0)
        self.machine.handle(Loaded(instance="1-1"), 0)
        self.machine.handle(Proved(instance="1-1", alive=True), 0)
        return self

    def admits(self, one: Sa, *, now: float) -> "Gate":
        self.lists(one, now=now)
        self.answers(ACCEPT, now=now)
        return self

    def lists(self, *sas: Sa, now: float) -> list[Command]:
        commands = self.machine.handle(Listed(instance="1-1", sas=sas, complete=True), now)
        self.number = max([self.number, *(each.number for each in commands if isinstance(each, Ask))])
        return admitting(commands)

    def answers(self, answer: Answer, *, now: float) -> list[Command]:
        return admitting(self.machine.handle(Answered(number=self.number, answer=answer), now))

    def told(self, order: Order, *, now: float) -> list[Command]:
        commands = self.machine.handle(Told(order=order), now)
        self.number = max([self.number, *(each.number for each in commands if isinstance(each, Ask))])
        return admitting(commands)

    def standing(self) -> Standing:
        return self.machine.sessions[0].standing


def admitting(commands: Sequence[Command]) -> list[Command]:
    """The commands that admit and end; those that account have tests of their own."""
    return [each for each in commands if not isinstance(each, Began | Gone)]


def user(ike_id: int = 1, address: str = str(ADDRESS), name: str = "alice@corp.contoso.com", **more: object) -> Sa:
    made = sa(ike_id, address, child=ike_id)
    return replace(made, connection="evertunnel-user-users-abc", remote_id="10.0.0.5", remote_eap_id=name, **more)  # type: ignore[arg-type]  # the same


def sa(
    ike_id: int = 1,
    address: str = str(ADDRESS),
    identity: str = "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c",
    child: int = 1,
    **more: tuple[object, ...],
) -> Sa:
    made = Sa(
        ike_id=ike_id,
        connection="evertunnel-device-abc",
        state="ESTABLISHED",
        remote_host="198.51.100.20",
        remote_port=4500,
        remote_id=identity,
        addresses=(IPv4Address(address),),
        children=(Child(name="device", state="INSTALLED", unique=child, remote_selectors=(f"{address}/32",)),),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # the same
