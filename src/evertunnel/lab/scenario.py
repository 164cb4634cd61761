"""Brings a plan to life on the lab's hosts, by the very commands that an administrator types on real ones."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evertunnel.drivers.host.services import SupervisorClient
from evertunnel.drivers.host.supervisor import Places
from evertunnel.drivers.namespaces.cell import Completed
from evertunnel.drivers.namespaces.warm import Program, Warm
from evertunnel.errors import EngineRejected
from evertunnel.lab.claim import Skipped
from evertunnel.lab.hosts import Host
from evertunnel.lab.network import Lab
from evertunnel.lab.topology import LAPTOPS
from evertunnel.plan.hosts import Mode, Role
from evertunnel.plan.model import Plan

PROGRAM = str(Path(sys.executable).parent / "evertunnel")
VERBS = (
    *("evertunnel.cli.ca", "evertunnel.cli.certificate", "evertunnel.cli.device", "evertunnel.cli.user"),
    *("evertunnel.cli.group", "evertunnel.cli.bundle", "evertunnel.cli.apply", "evertunnel.cli.preview"),
    *("evertunnel.cli.sessions", "evertunnel.cli.why", "evertunnel.cli.client", "evertunnel.cli.remove"),
)
# What PROGRAM calls, with what the verbs of a rehearsal import when they are used.
READY = Program(
    path=PROGRAM,
    module="evertunnel.cli.main",
    loads=(*VERBS, "evertunnel.control_plane.*", "evertunnel.client.*", "evertunnel.lab.attempt", "alembic.command"),
)
WORK = "/var/tmp"  # noqa: S108 (on a host of the lab, where nobody else is)
PLAN = f"{WORK}/plan.toml"
ROOT_KEY = f"{WORK}/root.key"
PROFILE = f"{WORK}/profile"
PASSPHRASE_FILE = f"{WORK}/passphrase"
PASSPHRASE = "only-for-this-rehearsal"  # noqa: S105 (the lab's root is thrown away)
UP_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A lab with the plan applied; `evertunnel` runs the installed program on a host."""

    lab: Lab
    plan_text: str
    program: Warm

    @property
    def plan(self) -> Plan:
        """The plan that is rehearsed."""
        return self.lab.plan

    @property
    def core(self) -> Host:
        """The host of authority, directory, RADIUS and policy."""
        return self.having(Role.CA)

    @property
    def gateway(self) -> Host:
        """The VPN gateway."""
        return self.having(Role.GATEWAY)

    def having(self, role: Role) -> Host:
        """The first host with a role; a claim about a role that the plan does not have is skipped."""
        names = list(self.plan.hosts_with(role))
        if not names:
            raise Skipped(f"the plan has no host with the role {role.value}")
        return self.lab.host(names[0])

    def host(self, name: str) -> Host:
        """The host of that name."""
        return self.lab.host(name)

    def managed(self) -> tuple[Host, ...]:
        """The hosts that Evertunnel runs."""
        return tuple(self.lab.host(name) for name, host in self.plan.hosts.items() if host.mode is Mode.MANAGED)

    def evertunnel(self, host: Host, *words: str, stdin: str = "", check: bool = True) -> Completed:
        """Runs the installed program on a host, as an administrator does."""
        return host.run_warm(self.program, words, stdin=stdin, check=check)

    def make_authority(self) -> None:
        """Carries the plan to the core host, and makes the authority there."""
        for host in (*self.managed(), *map(self.host, LAPTOPS)):
            # What an init system does on a real host, after a reboot.
            host.boot_command = (PROGRAM, "supervise")
        self.core.write(PLAN, self.plan_text)
        self.core.write(PASSPHRASE_FILE, PASSPHRASE, 0o600)
        self.evertunnel(self.core, "ca", "create", PLAN, "--root-key", ROOT_KEY, "--passphrase-file", PASSPHRASE_FILE)

    def apply_core(self) -> None:
        """Applies the core host, where all that the other hosts need comes from."""
        self.evertunnel(self.core, "apply", PLAN)

    def apply_all(self) -> None:
        """Writes every other host's bundle, carries it there, and applies it."""
        others = [host for host in self.managed() if host is not self.core]
        if not others:
            return
        self.evertunnel(self.core, "bundle", PLAN, *(host.name for host in others), "--out", WORK)
        with ThreadPoolExecutor(max_workers=len(others)) as pool:
            _all([pool.submit(self.apply, host) for host in others])

    def apply(self, host: Host) -> None:
        """Carries a host its bundle and applies it there."""
        path = f"{WORK}/{host.name}.bundle"
        host.write(path, self.core.read(path), 0o600)
        self.evertunnel(host, "apply", path)

    def know(self, devices: Sequence[str], people: Sequence[str]) -> None:
        """Puts the laptops, further devices and people into the directory."""
        self.evertunnel(self.core, "device", "add", *LAPTOPS, *devices, *self.device_groups())
        self.evertunnel(self.core, "user", "add", *map(self.upn, people), "--group", self.user_group())

    def upn(self, person: str) -> str:
        """The name by which a person signs in."""
        return f"{person}@{self.plan.organisation.domain}"

    def user_group(self) -> str:
        """The group whose members get user certificates."""
        return str(self.plan.certificates.templates.user.groups[0])

    def requests(self) -> dict[str, str]:
        """Has each laptop make its key, and a request for its certificate."""
        domain = str(self.plan.organisation.domain)
        return {
            laptop: self.evertunnel(self.host(laptop), "client", "request", laptop, "--domain", domain).stdout
            for laptop in LAPTOPS
        }

    def profiles(self, requests: Mapping[str, str]) -> dict[str, str]:
        """Enrols each laptop by its request; gives the profiles."""
        with ThreadPoolExecutor(max_workers=len(requests)) as pool:
            return dict(zip(requests, pool.map(self.profile, requests, requests.values()), strict=True))

    def profile(self, laptop: str, request: str) -> str:
        """The profile of one laptop."""
        csr, out = f"{WORK}/{laptop}.csr", f"{WORK}/{laptop}.profile"
        self.core.write(csr, request)
        self.evertunnel(self.core, "device", "enrol", PLAN, laptop, "--request", csr, "--out", out)
        return self.core.read(out)

    def connect(self, profiles: Mapping[str, str]) -> None:
        """Installs each laptop's profile, and waits until the agents have connected by themselves."""
        with ThreadPoolExecutor(max_workers=len(profiles)) as pool:
            _all([pool.submit(self._install, laptop, profile) for laptop, profile in profiles.items()])
            _all([pool.submit(self.wait_up, laptop) for laptop in profiles])

    def _install(self, laptop: str, profile: str) -> None:
        self.host(laptop).write(PROFILE, profile)
        self.evertunnel(self.host(laptop), "client", "install", PROFILE)

    def sign_in(self, laptop: str, person: str) -> str:
        """Has a person sign in on a laptop; gives their virtual address once it is answered."""
        self.begin_sign_in(laptop, person)
        return self.user_address(laptop)

    def begin_sign_in(self, laptop: str, person: str) -> None:
        """Has a person sign in on a laptop, as its log-in does; whether they are let in is another matter."""
        host, name = self.host(laptop), self.upn(person)
        csr, out = f"{WORK}/{name}.csr", f"{WORK}/{name}.profile"
        self.core.write(csr, self.evertunnel(host, "client", "request-user", name).stdout)
        self.evertunnel(self.core, "user", "enrol", PLAN, name, "--request", csr, "--out", out)
        host.write(out, self.core.read(out))
        self.evertunnel(host, "client", "sign-in", name, "--profile", out)

    def user_address(self, laptop: str) -> str:
        """The virtual address of the user tunnel, once it is up and answered."""
        path = "/run/evertunnel/client/user-status.json"

        def look() -> dict[str, object]:
            said = self.host(laptop).run(["cat", path], check=False)
            found = json.loads(said.stdout) if said.returncode == 0 and said.stdout.strip() else {}
            return found if isinstance(found, dict) and found.get("phase") == "up" else {}

        return str(wait_for(f"the user tunnel of {laptop}", look)["address"])

    def authorities(self) -> tuple[str, str]:
        """Root and issuing certificate in PEM."""
        root, issuing = (self._certificate(name) for name in ("root", "issuing"))
        return root, issuing

    def device_groups(self) -> list[str]:
        """The words that put a device into a group that is admitted."""
        return ["--group", str(self.plan.device_tunnel.groups[0])]

    def services(self, host: Host) -> SupervisorClient:
        """The supervisor of a host, asked from outside."""
        return SupervisorClient(Places(socket=Path(f"/proc/{host.pid}/root{Places().socket}")))

    def manage(self, host: Host, verb: str, service: str) -> None:
        """Starts or stops a service by hand."""
        manager = self.services(host)
        {"start": manager.start, "stop": manager.stop}[verb](service)

    def pid(self, host: Host, service: str) -> int:
        """The process of a service, as its host numbers it; 0 while there is none."""
        status = self.services(host).observe().get(service)
        return status.pid or 0 if status else 0

    def signal(self, host: Host, service: str, name: str) -> int:
        """Sends a signal to a service; gives its process's number."""
        pid = self.pid(host, service)
        host.run(["kill", f"-{name}", str(pid)])
        return pid

    def wait_restarted(self, host: Host, service: str, old: int) -> None:
        """Waits until another process runs the service."""
        wait_for(f"a new {service}", lambda: {"pid": pid} if (pid := self.pid(host, service)) not in (0, old) else {})

    @contextmanager
    def frozen(self, host: Host, service: str) -> Iterator[None]:
        """A service that is there and does nothing, as when its disk hangs."""
        pid = self.signal(host, service, "STOP")
        try:
            yield
        finally:
            host.run(["kill", "-CONT", str(pid)], check=False)

    @contextmanager
    def unplugged(self, laptop: str) -> Iterator[None]:
        """A laptop out of reach of any network."""
        (card,) = self.lab.topology.machines[laptop].cards
        self.lab.unplug(laptop, card.interface)
        try:
            yield
        finally:
            self.lab.plug(laptop, card.interface)

    def client_status(self, laptop: str) -> dict[str, object]:
        """What the agent says; empty while it says nothing."""
        said = self.host(laptop).run(["cat", "/run/evertunnel/client/status.json"], check=False)
        found = json.loads(said.stdout) if said.returncode == 0 and said.stdout.strip() else {}
        return found if isinstance(found, dict) else {}

    def wait_up(self, laptop: str) -> dict[str, object]:
        """Waits until the agent says that its tunnel is up and answered."""
        return wait_for(f"the device tunnel of {laptop}", lambda: self._answered(laptop))

    def _certificate(self, name: str) -> str:
        path = f"/var/lib/evertunnel/publisher/{name}.crt"
        return self.core.run(["openssl", "x509", "-inform", "DER", "-in", path]).stdout

    def _answered(self, laptop: str) -> dict[str, object]:
        status = self.client_status(laptop)
        return status if status.get("phase") == "up" else {}


def wait_for(what: str, look: Callable[[], dict[str, object]], seconds: float = UP_SECONDS) -> dict[str, object]:
    """Looks until it sees something; EngineRejected says what did not come."""
    deadline = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise EngineRejected(f"{what} did not come within {seconds:g} s")
        time.sleep(0.1)


def _all(futures: Sequence["Future[None] | Future[dict[str, object]]"]) -> None:
    for future in futures:
        future.result()
