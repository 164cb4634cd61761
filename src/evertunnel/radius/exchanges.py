"""What the policy service remembers of each EAP exchange: which certificate was proved, for whom, at which port.

A gateway that asks again for a user's live session knows the user's name alone. Without a memory of the exchange there
is no certificate, and so no session.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TypeAlias

from evertunnel.access import Question
from evertunnel.radius.wire import EAP, USER

LARGEST = 200_000

Key: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One successful exchange."""

    serial: str
    eap_type: str
    port_type: str
    tunnel_type: str


class Exchanges:
    """By gateway, its address, its port, and the name that it goes by; the ones unused for longest are forgotten."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._of: OrderedDict[Key, Exchange] = OrderedDict()

    def remember(self, allowed: Question) -> None:
        """Keeps what a question that was answered with yes says; of users alone."""
        if allowed.tunnel != USER or not allowed.serial:
            return
        key = _key(allowed)
        self._of[key] = Exchange(
            serial=allowed.serial,
            eap_type=allowed.eap_type,
            port_type=allowed.port_type,
            tunnel_type=allowed.tunnel_type,
        )
        self._of.move_to_end(key)
        if len(self._of) > self._largest:
            self._of.popitem(last=False)

    def completed(self, asked: Question) -> Question:
        """The question with what is remembered; about a user of whom nothing is, without any certificate."""
        if asked.tunnel != USER or asked.phase == EAP:
            return asked
        found = self._of.get(_key(asked))
        if found is None:
            return replace(asked, serial="", eap_type="")
        return replace(
            asked,
            serial=found.serial,
            eap_type=found.eap_type,
            port_type=asked.port_type or found.port_type,
            tunnel_type=asked.tunnel_type or found.tunnel_type,
        )


def _key(question: Question) -> Key:
    # The outer name is what the gateway calls the user by; that it is the certificate's, the decision has made sure.
    name = question.outer_name or question.identity
    return question.gateway, question.gateway_address, question.port, name.lower()
