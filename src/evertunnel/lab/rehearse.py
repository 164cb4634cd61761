"""One whole rehearsal: preflight, lab, plan applied, claims tried, everything gone again."""

import compileall
import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib.metadata import version

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from rich.console import Console

from evertunnel.drivers.namespaces.cell import SOURCES
from evertunnel.drivers.namespaces.warm import warm
from evertunnel.lab import preflight, rehearsal
from evertunnel.lab.claim import Claim, Outcome, Status
from evertunnel.lab.claims import CLAIMS, plan
from evertunnel.lab.network import Lab, rehearsing
from evertunnel.lab.report import Report
from evertunnel.lab.rundir import cleanup_stale
from evertunnel.lab.sabotage import Sabotage
from evertunnel.lab.scenario import PROGRAM, READY, Scenario
from evertunnel.lab.strangers import Credential, Strangers, charon_on, new_key
from evertunnel.lab.topology import STRANGERS
from evertunnel.lab.view import View, view_for
from evertunnel.lab.world import DEVICES, PEOPLE, SHY, World
from evertunnel.plan.model import Plan

PACKAGES = {"strongswan": "charon-systemd", "freeradius": "freeradius", "nftables": "nftables"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asks of a rehearsal."""

    everything: bool = False
    only: tuple[str, ...] = ()
    keep: bool = False
    anyway: bool = False
    sabotage: Sabotage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A rehearsal of one plan."""

    plan: Plan
    text: str
    name: str
    wishes: Wishes
    console: Console = field(default_factory=Console)

    def run(self) -> Report:
        """Rehearses; gives the report when everything is gone again (or kept, as wished)."""
        # Hosts see the program read-only: without its bytecode every command on them would compile it anew.
        compileall.compile_dir(SOURCES, quiet=2)
        began = time.monotonic()
        claims = self._claims()
        findings = preflight.check(preflight.look(), anyway=self.wishes.anyway)
        with rehearsal.interruptible(), ExitStack() as stack:
            view = stack.enter_context(view_for(self.console, f"evertunnel rehearse {self.name}"))
            for finding in findings:
                view.note(f"note: {finding}")
            for stale in cleanup_stale():
                view.note(f"removed what the rehearsal {stale} had left")
            lab, outcomes = self._rehearse(stack, view, claims)
            seconds = time.monotonic() - began
            report = Report(plan=self.name, versions=_versions(lab), seconds=seconds, outcomes=outcomes)
            view.summary(report, advice=self._advice(report))
            if self.wishes.keep:
                lab.keep()
                view.note("kept; enter a host with `evertunnel lab shell HOST`, end it all with Ctrl-C here")
                rehearsal.stay()
        return report

    def _claims(self) -> tuple[Claim[World], ...]:
        if self.wishes.sabotage is not None:
            return rehearsal.select(CLAIMS, only=self.wishes.sabotage.claims)
        chosen = rehearsal.select(CLAIMS, everything=self.wishes.everything, only=self.wishes.only)
        if self.wishes.keep and not self.wishes.only:
            # What is kept shall be there to look at.
            return tuple(claim for claim in chosen if claim is not plan.REMOVE)
        return chosen

    def _rehearse(
        self, stack: ExitStack, view: View, claims: Sequence[Claim[World]]
    ) -> tuple[Lab, Sequence[tuple[Claim[World], Outcome]]]:
        view.stage("isolated hosts: internet, perimeter, inside, laptops")
        program = stack.enter_context(warm(replace(READY, rehearses=("check", self.name))))
        lab = stack.enter_context(rehearsing(self.plan, plan_name=self.name, prepare=self._sabotage_lab))
        world = self._world(stack, view, Scenario(lab=lab, plan_text=self.text, program=program))
        view.claims(claims)
        return lab, rehearsal.run(claims, world, view)

    def _sabotage_lab(self, lab: Lab) -> None:
        if self.wishes.sabotage is not None:
            self.wishes.sabotage.lab(lab)

    def _world(self, stack: ExitStack, view: View, scenario: Scenario) -> World:
        # While one command waits for another host or for a key, the next goes ahead.
        pool = ThreadPoolExecutor(max_workers=3)
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        requests, keys = pool.submit(scenario.requests), pool.submit(_keys)
        view.stage("root and issuing authority; the root's key is exported")
        scenario.make_authority()
        view.stage("authority, directory, RADIUS and policy on the inside host")
        idle = stack.enter_context(charon_on([scenario.host(name) for name in STRANGERS], scenario.program))
        scenario.apply_core()
        view.stage("firewalls and gateway applied and verified; certificates for laptops and strangers")
        applied = pool.submit(scenario.apply_all)
        scenario.know(DEVICES, PEOPLE)
        profiles = scenario.profiles(requests.result())
        strangers = Strangers(scenario=scenario, idle=idle, authorities=scenario.authorities(), second_key=new_key())
        world = World(scenario=scenario, strangers=strangers, given=pool.submit(_credentials, strangers, keys.result()))
        applied.result()
        view.stage("both device tunnels, with nobody signed in")
        scenario.connect(profiles)
        if self.wishes.sabotage is not None:
            world.given.result()
            view.stage(f"sabotage: {self.wishes.sabotage.sentence}")
            self.wishes.sabotage.hosts(scenario)
            world.wait_answered()
            world.wait_reached()
        return world

    def _advice(self, report: Report) -> tuple[str, ...]:
        rehearse = f"sudo {_program()} rehearse {self.name}"
        if not report.green:
            failed = next((claim.id for claim, outcome in report.outcomes if outcome.status is not Status.HELD), "")
            return (f"{rehearse} --only {failed} --keep  look at what failed, with the hosts left up",)
        return (
            f"{rehearse} --all  the slow claims too: leases, grace, reboot, put back (about ten minutes)",
            f"{rehearse} --keep  leave it up and look around with: sudo {_program()} lab shell laptop1",
            f"{_program()} rehearse --list-sabotage  rules to break on purpose with --sabotage NAME, to see it noticed",
        )


def _program() -> str:
    """The program as it can be typed here: its name where that is found, else its path."""
    found = shutil.which("evertunnel")
    return "evertunnel" if found else os.path.relpath(PROGRAM)


def _keys() -> dict[str, RSAPrivateKey]:
    """Keys take time, and who holds which certificate is what claims are about: strangers have one in common.

    But for the one who is to show no certificate: charon lets in whoever has the key of any that it has seen.
    """
    return {**dict.fromkeys((*DEVICES, *PEOPLE), new_key()), SHY: new_key()}


def _credentials(strangers: Strangers, keys: dict[str, RSAPrivateKey]) -> dict[str, Credential]:
    people = {strangers.scenario.upn(name): keys[name] for name in PEOPLE}
    found = strangers.issue_all({name: keys[name] for name in DEVICES}, "device")
    mail = strangers.issue_all(people, "mail")
    return {**found, **strangers.issue_all(people, "user"), **{f"mail {name}": held for name, held in mail.items()}}


def _versions(lab: Lab) -> dict[str, str]:
    host = next(iter(lab.hosts.values()))
    listed = host.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\\n", *PACKAGES.values()], check=False).stdout
    packages = dict(line.split() for line in listed.splitlines())
    return {
        "evertunnel": version("evertunnel"),
        **{name: packages.get(package, "unknown") for name, package in PACKAGES.items()},
    }
