"""People before a host that systemd booted: they log in on consoles, by login(1) and PAM, and leave again."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.engine.booted import Booted

PAM_SYSTEMD = next(Path("/usr/lib").glob("*/security/pam_systemd.so"), None)
# What a getty does once a name was typed; the keyboard is a pipe that somebody else's echo does not close.
CONSOLE = """\
exec {python} -c 'import pty, sys; pty.spawn(["login", "-f", sys.argv[1]])' "$1" <>"/run/$2"
"""


@dataclass(frozen=True, slots=True)
class People:
    """The host's people and consoles."""

    host: Booted

    def come(self, *accounts: str) -> None:
        """Makes accounts."""
        self.host.write("/etc/console", CONSOLE.format(python=sys.executable))
        for account in accounts:
            self.host.does("useradd", "--create-home", "--home-dir", f"/var/{account}", "--shell=/bin/sh", account)

    def number(self, account: str) -> str:
        return self.host.does("id", "-u", account).strip()

    def log_in(self, account: str, console: str) -> None:
        """Returns when they have a shell."""
        self.host.does("mkfifo", f"/run/{console}")
        words = ("systemd-run", "--quiet", "--collect", f"--unit={console}", "sh", "/etc/console")
        self.host.does(*words, account, console)
        self.types(console, f"id -un > /tmp/{console}")
        try:
            seen = eventually(lambda: self.host.run("cat", f"/tmp/{console}").stdout == f"{account}\n")
            assert seen, self.host.run("journalctl", "--no-pager", "-n", "50").stdout
        finally:
            self.host.run("rm", "-f", f"/tmp/{console}")

    def log_out(self, console: str) -> None:
        """Returns when the console is nobody's."""
        self.types(console, "exit")
        assert eventually(lambda: self.host.is_active(console) == "inactive")
        self.host.does("rm", f"/run/{console}")

    def is_gone(self, account: str) -> bool:
        """Whether logind has seen the last of their sessions, and has ended what belongs to it."""
        return account not in self.sessions() and self.host.is_active(self.manager(account)) == "inactive"

    def manager(self, account: str) -> str:
        return f"user@{self.number(account)}.service"

    def types(self, console: str, line: str) -> None:
        self.host.does("sh", "-c", f"cat > /run/{console}", stdin=f"{line}\n")

    def sessions(self) -> list[str]:
        """Whose sessions logind has."""
        lines = self.host.does("loginctl", "list-sessions", "--no-legend").splitlines()
        return sorted(line.split()[2] for line in lines)


def eventually(true: Callable[[], object], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return bool(true())
