"""System accounts: no password, no shell, no home."""

import grp
import pwd

from evertunnel.drivers.host.processes import run
from evertunnel.drivers.host.values import Account

__all__ = ["Account", "Accounts"]


class Accounts:
    """The host's own user database."""

    def observe(self, name: str) -> Account | None:
        """The account of that name, or None."""
        try:
            user = pwd.getpwnam(name)
            return Account(name=name, group=grp.getgrgid(user.pw_gid).gr_name)
        except KeyError:
            return None

    def make(self, account: Account) -> None:
        """Makes the account, or gives it its group."""
        run(["groupadd", "--system", "--force", account.group])
        if self.observe(account.name) is None:
            run(
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
            run(["usermod", "--gid", account.group, account.name])

    def remove(self, account: Account) -> None:
        """Takes the account away, and its group when it was the last in it."""
        if self.observe(account.name) is None:
            return
        run(["userdel", account.name])
        group = grp.getgrnam(account.group)
        if not group.gr_mem and not any(user.pw_gid == group.gr_gid for user in pwd.getpwall()):
            run(["groupdel", account.group])
