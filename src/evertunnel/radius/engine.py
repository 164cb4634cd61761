"""FreeRADIUS and the policy service on this host."""

import hmac
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from evertunnel.errors import EngineUnavailable
from evertunnel.radius import outbox
from evertunnel.radius.accounting_configuration import SPOOL
from evertunnel.radius.diff import diff
from evertunnel.radius.model import CONFDIR, CRLS, DECISIONS, DOMAIN, LEDGER, POLICY_USER, Probe, State
from evertunnel.reconcile.local import HostDrivers, LocalEngine, Owned
from evertunnel.reconcile.model import Action, Evidence

PROTECTS_ITSELF = (3, 2, 7)  # from here on the settings against BlastRADIUS (CVE-2024-3596) are read
LACKS = (
    "does not read require_message_authenticator and limit_proxy_state for all clients; each client must send "
    "Message-Authenticator all the same. Install 3.2.7 or newer."
)

VERIFY_TRIES, VERIFY_PAUSE = 50, 0.1

OWNED = Owned(
    tree=DOMAIN,
    services=("policy", "freeradius", "outbox"),
    directories=(DOMAIN, CONFDIR, DECISIONS, LEDGER, SPOOL, CRLS),
    accounts=(POLICY_USER, outbox.USER),
    programs=("evertunnel", "freeradius"),
)


class Program(Protocol):
    """What is asked of the `freeradius` program."""

    def version(self) -> tuple[int, int, int]: ...
    def check(self, files: Mapping[str, str]) -> None: ...


class Asker(Protocol):
    """How the two services are asked whether they live."""

    def radius_is_alive(self, probe: Probe) -> bool: ...
    def policy_says(self, probe: Probe) -> str: ...


class RadiusEngine:
    """Engine[State]."""

    name = "radius"

    def __init__(
        self,
        *,
        host: HostDrivers,
        program: Program,
        asker: Asker,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._local = LocalEngine(name=self.name, owned=OWNED, host=host, sleep=sleep)
        self._sleep = sleep
        self._program = program
        self._asker = asker

    def observe(self) -> State:
        """What lies and runs here."""
        return State(local=self._local.observe())

    def diff(self, current: State, desired: State) -> tuple[Action, ...]:
        """What leads from one to the other."""
        return diff(current, desired)

    def check(self, desired: State) -> None:
        """Has FreeRADIUS itself read the new configuration, elsewhere than where it lies."""
        self._local.check(desired.local)
        # FreeRADIUS insists on the CRLs' directory, which is made after the check.
        files = {
            each.path.name: each.content.replace(f'"{CRLS}"', '"${confdir}"')
            for each in desired.local.files
            if each.path.parent == CONFDIR
        }
        if files:
            self._program.check(files)

    def perform(self, action: Action) -> None:
        """Does one action of `diff`."""
        self._local.perform(action)

    def verify(self, desired: State) -> tuple[Evidence, ...]:
        """Files and services, then both services' own answers."""
        local = self._local.verify(desired.local)
        return local if desired.probe is None else (*local, self._version(), *self._answers(desired.probe))

    def empty(self) -> State:
        """Nothing of ours."""
        return State()

    def _version(self) -> Evidence:
        version = self._program.version()
        lacks = "" if version >= PROTECTS_ITSELF else f"; it {LACKS}"
        return Evidence(part="FreeRADIUS version", held=True, what=f"{'.'.join(map(str, version))}{lacks}")

    def _answers(self, probe: Probe) -> tuple[Evidence, ...]:
        where = f"{probe.address}:{probe.port}"
        return (
            _evidence("RADIUS answers", lambda: self._asker.radius_is_alive(probe), f"Status-Server to {where}"),
            _evidence(
                "policy answers", lambda: self._is_policy_soon(probe), f"the service on port {probe.policy_port}"
            ),
        )

    def _is_policy_soon(self, probe: Probe) -> bool:
        # A service that was just restarted runs before it listens.
        for _ in range(VERIFY_TRIES - 1):
            try:
                return self._is_policy(probe)
            except EngineUnavailable:
                self._sleep(VERIFY_PAUSE)
        return self._is_policy(probe)

    def _is_policy(self, probe: Probe) -> bool:
        said = self._asker.policy_says(probe)
        return hmac.compare_digest(said.encode(), f"{probe.tokens.answers.reveal()} ready".encode())


def _evidence(part: str, ask: Callable[[], bool], what: str) -> Evidence:
    try:
        held = ask()
    except EngineUnavailable as error:
        return Evidence(part=part, held=False, what=f"{what}: {error}")
    return Evidence(part=part, held=held, what=f"{what} {'answered' if held else 'did not give the right answer'}")
