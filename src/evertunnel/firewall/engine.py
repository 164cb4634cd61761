"""Does to a host's packet filter what the difference says, and keeps the record by which it is recognised later."""

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from evertunnel import documents
from evertunnel.drivers.host.values import File, Route, Sysctl
from evertunnel.drivers.nft import Listing
from evertunnel.errors import EngineRejected
from evertunnel.firewall import diff as difference
from evertunnel.firewall.diff import (
    AddRoute,
    DeleteTable,
    ForgetAtBoot,
    KeepAtBoot,
    RemoveRoute,
    RestoreSysctl,
    SetSysctl,
    SetTable,
)
from evertunnel.firewall.model import FAMILY, NAME, TABLE, State, Table, strange
from evertunnel.firewall.text import Record, commands, recognised, recorded
from evertunnel.paths import STATE
from evertunnel.reconcile.model import Action, Evidence


class NftDriver(Protocol):
    """What is asked of nftables."""

    def run(self, commands: str) -> None: ...
    def check(self, commands: str) -> None: ...
    def table(self, family: str, name: str) -> Listing: ...


class NetworkDriver(Protocol):
    """What is asked of the kernel's network settings."""

    def sysctl(self, name: str) -> str | None: ...
    def set_sysctl(self, setting: Sysctl) -> None: ...
    def routes(self) -> tuple[Route, ...]: ...
    def add_route(self, route: Route) -> None: ...
    def remove_route(self, route: Route) -> None: ...


class RecordsDriver(Protocol):
    """Where the record lies."""

    def read(self, path: Path) -> File | None: ...
    def write(self, file: File) -> None: ...
    def remove(self, path: Path) -> None: ...


class BootDriver(Protocol):
    """Who loads the packet filter when the host starts."""

    def kept(self) -> bool | None: ...
    def keep(self) -> None: ...
    def forget(self) -> None: ...


class FirewallEngine:
    """Engine[State] over nftables and the kernel's network settings."""

    name = "firewall"

    def __init__(
        self,
        nft: NftDriver,
        network: NetworkDriver,
        files: RecordsDriver,
        boot: BootDriver,
        record: Path = STATE / "firewall.json",
    ) -> None:
        self._nft, self._network, self._files, self._boot, self._path = nft, network, files, boot, record

    def observe(self) -> State:
        """What runs; of the kernel's settings, those that we changed."""
        record = self._record()
        values = ((each.name, self._network.sysctl(each.name)) for each in record.sysctls_before)
        return State(
            table=self._running(record),
            sysctls=tuple(Sysctl(name=name, value=value) for name, value in values if value is not None),
            routes=self._network.routes(),
            at_boot=self._boot.kept(),
        )

    def diff(self, current: State, desired: State) -> tuple[Action, ...]:
        """What leads from one to the other."""
        return difference.diff(current, desired)

    def check(self, desired: State) -> None:
        """Lets nft read the table, which is to be one table and nothing besides."""
        odd = [repr(text) for text in strange(desired)]
        if odd:
            raise EngineRejected(f"{self.name}: not this domain's to set: {', '.join(odd)}")
        if desired.table is not None:
            self._nft.check(commands(desired.table, self._running(self._record())))

    def perform(self, action: Action) -> None:
        """Does one action of the difference."""
        match action:
            case SetTable(table=table):
                self._set_table(table)
            case DeleteTable():
                self._nft.run(f"delete table {TABLE}\n")
                self._keep(Record(sysctls_before=self._record().sysctls_before))
            case SetSysctl(setting=setting):
                self._set_sysctl(setting)
            case RestoreSysctl(name=name):
                self._restore_sysctl(name)
            case AddRoute(route=route):
                self._network.add_route(route)
            case RemoveRoute(route=route):
                self._network.remove_route(route)
            case KeepAtBoot():
                self._boot.keep()
            case ForgetAtBoot():
                self._boot.forget()
            case _:
                raise EngineRejected(f"{self.name} cannot do {action!r}")

    def verify(self, desired: State) -> tuple[Evidence, ...]:
        """The table as nft lists it, the routes and the settings as the kernel has them."""
        current = self.observe()
        return (
            self._table_evidence(current, desired),
            *self._settings_evidence(desired),
            _routes(current, desired),
            *_boot_evidence(current, desired),
        )

    def empty(self) -> State:
        """No table, no route of ours, settings as they were before us."""
        return State()

    def _set_table(self, table: Table) -> None:
        record = self._record()
        self._nft.run(commands(table, self._running(record)))
        self._keep(recorded(table, self._nft.table(FAMILY, NAME), record.sysctls_before))

    def _set_sysctl(self, setting: Sysctl) -> None:
        record = self._record()
        before = self._network.sysctl(setting.name)
        if before is None:
            raise EngineRejected(f"this kernel has no setting {setting.name}")
        if setting.name not in {each.name for each in record.sysctls_before}:
            kept = (*record.sysctls_before, Sysctl(name=setting.name, value=before))
            self._keep(replace(record, sysctls_before=tuple(sorted(kept, key=lambda each: each.name))))
        self._network.set_sysctl(setting)

    def _restore_sysctl(self, name: str) -> None:
        record = self._record()
        for before in record.sysctls_before:
            if before.name == name:
                self._network.set_sysctl(before)
        left = tuple(each for each in record.sysctls_before if each.name != name)
        self._keep(replace(record, sysctls_before=left))

    def _running(self, record: Record) -> Table | None:
        return recognised(self._nft.table(FAMILY, NAME), record)

    def _record(self) -> Record:
        file = self._files.read(self._path)
        return documents.from_json(Record, file.content, name=str(self._path)) if file else Record()

    def _keep(self, record: Record) -> None:
        if record == Record():
            self._files.remove(self._path)
        else:
            self._files.write(File(path=self._path, content=documents.to_json(record), mode=0o600))

    def _table_evidence(self, current: State, desired: State) -> Evidence:
        if current.table == desired.table:
            rules = sum(len(chain.rules) for chain in desired.table.chains) if desired.table else 0
            return Evidence(part="firewall table", held=True, what=f"{TABLE} runs with all of its {rules} rules")
        lines = difference.differences(current.table or Table(), desired.table or Table())
        return Evidence(part="firewall table", held=False, what="; ".join(lines))

    def _settings_evidence(self, desired: State) -> list[Evidence]:
        return [
            Evidence(
                part="kernel setting", held=value == each.value, what=f"{each.name} is {value}, planned {each.value}"
            )
            for each in desired.sysctls
            for value in [self._network.sysctl(each.name)]
        ]


def _routes(current: State, desired: State) -> Evidence:
    missing = [str(route) for route in desired.routes if route not in current.routes]
    foreign = [str(route) for route in current.routes if route not in desired.routes]
    what = f"{len(current.routes)} routes as planned"
    if missing or foreign:
        what = f"missing: {', '.join(missing) or 'none'}; not planned: {', '.join(foreign) or 'none'}"
    return Evidence(part="routes", held=not (missing or foreign), what=what)


def _boot_evidence(current: State, desired: State) -> tuple[Evidence, ...]:
    if current.at_boot is None or desired.table is None:
        return ()
    what = "loaded before the network" if current.at_boot else "not loaded at boot, or by units that were changed"
    return (Evidence(part="firewall at boot", held=current.at_boot, what=what),)
