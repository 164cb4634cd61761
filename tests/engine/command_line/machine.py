"""An isolated host on which an administrator types."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from evertunnel.drivers.namespaces.cell import Completed
from evertunnel.lab.hosts import Host

PYTHON = sys.executable
PROGRAM = str(Path(sys.executable).parent / "evertunnel")
CONTOSO = Path(__file__).parents[3] / "examples" / "contoso.toml"
PLAN = "/var/tmp/plan.toml"
ROOT_KEY = "/var/tmp/root.key"
PASSPHRASE_FILE = "/var/tmp/passphrase"
PASSPHRASE = "correct-horse-battery"
CARDS = (
    "link set lo up",
    "link add inside type veth peer name outside",
    "link set outside up",
    "link set inside up",
    "address add 10.0.0.20/24 dev inside",
    "route add default via 10.0.0.1",
)
# Collects every command line that any process of the host ever shows.
WATCH = """
import pathlib, time
seen = set()
while True:
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if line not in seen:
            seen.add(line)
            print(line, flush=True)
    time.sleep(0.05)
"""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A host with a person who types; `said` is all that was printed."""

    host: Host
    disk: Path
    said: list[str] = field(default_factory=list)

    def types(self, *words: str, stdin: str = "", status: int | None = None) -> Completed:
        done = self.host.run([PROGRAM, *words], stdin=stdin, check=False)
        self.said.extend((done.stdout, done.stderr))
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        assert "a fault of Evertunnel itself" not in done.stderr, done.stderr
        if status is not None:
            assert done.returncode == status, (words, done.returncode, done.stdout[-500:], done.stderr[-500:])
        return done

    def fails(self, *words: str, status: int) -> str:
        """The words of a failure; nothing else is printed."""
        return self.types(*words, status=status).stderr

    def log_files(self) -> list[Path]:
        """What ran in the background has written."""
        return sorted((self.disk / "log").glob("*.log"))

    def finds(self, *places: str) -> list[str]:
        """Every file below the places, with its mode and content's checksum."""
        script = f'find {" ".join(places)} -type f -printf "%m %p\\n" -exec cksum {{}} + 2>/dev/null | sort'
        return self.host.run(["sh", "-c", script], check=False).stdout.splitlines()


@contextmanager
def started(disk: Path, name: str) -> Iterator[Machine]:
    """A host with one card, a plan and a passphrase."""
    host = Host(name, disk, fqdn=f"{name}.corp.contoso.com")
    host.boot()
    try:
        for command in CARDS:
            host.run(["ip", *command.split()])
        host.write(PLAN, CONTOSO.read_text())
        host.write(PASSPHRASE_FILE, f"{PASSPHRASE}\n", 0o600)
        yield Machine(host=host, disk=disk)
    finally:
        host.kill()


def prepare(machine: Machine) -> None:
    machine.types("ca", "create", PLAN, "--root-key", ROOT_KEY, "--passphrase-file", PASSPHRASE_FILE, status=0)
    machine.types("apply", PLAN, status=0)


def request(machine: Machine, path: str, name: str) -> str:
    """Has OpenSSL make a key and a request for a common name; gives the request's path."""
    key = f"{path}.key"
    words = ("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj", f"/CN={name}")
    machine.host.run([*words, "-out", path])
    return path
