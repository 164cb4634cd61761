"""System accounts: no password, no shell, no home."""

import grp
import pwd
from collections.abc import Callable, Sequence

from evertunnel.drivers.host.processes import run
from evertunnel.drivers.host.values import Account

__all__ = ["Account", "Accounts"]


class Accounts:
    """The host's own user database."""

    def __init__(self, run: Callable[[Sequence[str]], str] = run) -> None:
        self._run = run

    def observe(self, name: str) -> Account | None:
        """The account of that name, or None."""
        try:
            user = pwd.getpwnam(name)
            return Account(name=name, group=grp.getgrgid(user.pw_gid).gr_name)
        except KeyError:
            return None

    def make(self, account: Account) -> None:
        """Makes the account, or gives it its group."""
        self._run(["groupadd", "--system", "--force", account.group])
        if self.observe(account.name) is None:
            self._run(
                [
                    "useradd",
                    "--system",
                    "--no-create-home",
                    "--home-dir",
                    "/nonexistent",
                    "--shell",
                    "/usr/sbin/nologin",
                    "--gid",
                    account.group,
                    account.name,
                ]
            )
        else:
            self._run(["usermod", "--gid", account.group, account.name])

    def remove(self, account: Account) -> None:
        """Takes the account away, and its group when it was the last in it."""
        if self.observe(account.name) is None:
            return
        self._run(["userdel", account.name])
        group = grp.getgrnam(account.group)
        if not group.gr_mem and not any(user.pw_gid == group.gr_gid for user in pwd.getpwall()):
            self._run(["groupdel", account.group])
