"""Whom a log-in on this laptop signs in; the log-ins themselves are logind's.

One account is for one person and one person has one account: a log-out would otherwise sign out who is still there.
"""

from datetime import datetime
from typing import Protocol

from evertunnel.client import places, signin
from evertunnel.drivers.host.files import Files
from evertunnel.drivers.host.logins import LogIn
from evertunnel.drivers.host.logins import Logins as RealLogins
from evertunnel.errors import NotFound, Refused
from evertunnel.values import UserName


class Logins(Protocol):
    """What log-ins start."""

    def are_seen(self) -> bool:
        """Whether anybody tells of log-ins."""
        ...

    def number(self, account: str) -> int | None:
        """The number of an account."""
        ...

    def observe(self) -> dict[int, UserName]:
        """Who is signed in when the account with which number logs in."""
        ...

    def install(self, login: LogIn) -> None:
        """Has a log-in sign a person in, and the last log-out sign them out."""
        ...

    def remove(self, number: int) -> None:
        """Ends that, and signs out who was signed in so."""
        ...


def sign_in_at_login(
    user: UserName,
    account: str,
    *,
    files: places.Disk | None = None,
    logins: Logins | None = None,
    now: datetime | None = None,
) -> None:
    """From now on; what was told before of this person or this account no longer holds.

    Touches nothing unless the person could be signed in with what is here.
    """
    files, logins = files or Files(), logins or RealLogins()
    if not logins.are_seen():
        raise Refused(
            "systemd-logind does not run on this device, so that nobody tells of log-ins."
            " Use PAM instead: docs/howto/sign-in-at-login.md"
        )
    number = logins.number(account)
    if number is None:
        raise NotFound(f"this device has no account {account!r}; getent passwd lists them")
    signin.fitting(user, None, None, files, now)
    for there, who in logins.observe().items():
        if (there == number) != (who == user):
            logins.remove(there)
    logins.install(LogIn(user=user, account=account, number=number))


def leave_login_alone(user: UserName, *, logins: Logins | None = None) -> None:
    """No log-in signs the person in any more; one that did signs them out now."""
    logins = logins or RealLogins()
    numbers = [number for number, who in logins.observe().items() if who == user]
    if not numbers:
        raise NotFound(f"no log-in on this device signs {user} in")
    for number in numbers:
        logins.remove(number)


def clear(logins: Logins | None = None) -> bool:
    """The same for everybody; whether there was anybody."""
    logins = logins or RealLogins()
    numbers = sorted(logins.observe())
    for number in numbers:
        logins.remove(number)
    return bool(numbers)
