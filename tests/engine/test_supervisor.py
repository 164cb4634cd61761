"""The real supervisor with real processes, in places of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evertunnel.drivers.host.services import SupervisorClient
from evertunnel.drivers.host.supervisor import Places
from evertunnel.drivers.host.units import ServiceStatus, Unit
from evertunnel.errors import EngineRejected

pytestmark = pytest.mark.engine
PROGRAM = """
import sys
from pathlib import Path
from evertunnel.drivers.host.supervisor import Places, supervise
supervise(Places(units=Path(sys.argv[1]), socket=Path(sys.argv[2]), logs=Path(sys.argv[3])))
"""


def test_service_runs_and_its_output_is_kept(services: SupervisorClient, places: Places) -> None:
    services.install(shell("talker", "echo hello; exec sleep 60"))
    services.start("talker")

    assert services.observe()["talker"].is_running
    assert eventually(lambda: "hello" in said(places, "talker"))


def test_killed_service_runs_after_and_is_started_again(services: SupervisorClient, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    after = (("sh", "-c", f"echo after >> {ran}"),)
    before = (("sh", "-c", f"echo before >> {ran}"),)
    services.install(shell("mortal", "exec sleep 60", before=before, after=after))
    services.start("mortal")
    first = running(services, "mortal")

    os.kill(first, signal.SIGKILL)

    assert eventually(lambda: services.observe()["mortal"].pid not in {None, first})
    assert ran.read_text().split() == ["before", "after", "before"]
    assert services.observe()["mortal"].restarts == 1


def test_service_whose_before_fails_is_not_started_until_it_succeeds(
    services: SupervisorClient, tmp_path: Path
) -> None:
    ready = tmp_path / "ready"
    services.install(shell("careful", "exec sleep 60", before=(("ls", str(ready)),)))
    with pytest.raises(EngineRejected, match="No such file"):
        services.start("careful")
    assert services.observe()["careful"].pid is None

    ready.touch()

    assert eventually(lambda: services.observe()["careful"].is_running)


def test_user_and_capabilities_are_those_of_the_unit_and_no_others(services: SupervisorClient, places: Places) -> None:
    show = "grep -E 'Cap|NoNew' /proc/self/status; id -un; exec sleep 60"
    services.install(shell("admin", show, capabilities=("CAP_NET_ADMIN",)))
    services.install(shell("nobody", show, user="nobody"))
    services.start("admin")
    services.start("nobody")

    net_admin, none = f"{1 << 12:016x}", f"{0:016x}"
    assert eventually(lambda: "root" in said(places, "admin"))
    assert eventually(lambda: "nobody" in said(places, "nobody"))
    for name, allowed in (("admin", net_admin), ("nobody", none)):
        shown = dict(line.split(":\t") for line in said(places, name).splitlines() if ":" in line)
        assert {shown["CapEff"], shown["CapPrm"], shown["CapBnd"], shown["NoNewPrivs"]} == {allowed, "1"}


def test_changed_unit_is_seen_until_the_service_is_restarted(services: SupervisorClient) -> None:
    services.install(shell("changing", "exec sleep 60"))
    services.start("changing")

    services.install(shell("changing", "exec sleep 61"))
    before = services.observe()["changing"].is_running
    services.restart("changing")

    assert not before
    assert services.observe()["changing"].is_running


def test_stopped_service_stays_down_and_leaves_no_process(services: SupervisorClient, tmp_path: Path) -> None:
    services.install(
        shell("parent", "sleep 61 & echo $! > child; trap '' TERM; while :; do sleep 1; done", where=tmp_path)
    )
    services.start("parent")
    assert eventually(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text().strip() != "")

    services.remove("parent")

    assert "parent" not in services.observe()
    assert not alive(int((tmp_path / "child").read_text()))


def test_supervisor_killed_takes_its_services_along_and_its_successor_cleans_up(
    services: SupervisorClient, places: Places, tmp_path: Path, start: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    ran = tmp_path / "ran"
    services.install(shell("orphan", "exec sleep 60", after=(("sh", "-c", f"echo after >> {ran}"),)))
    services.start("orphan")
    pid = running(services, "orphan")

    supervisor = int((places.socket.parent / "pid").read_text())
    os.kill(supervisor, signal.SIGKILL)
    assert eventually(lambda: not alive(pid))
    start()

    assert eventually(lambda: services.observe()["orphan"].is_running)
    assert ran.read_text().split() == ["after"]


def test_terminated_supervisor_ends_its_services_and_then_itself(
    services: SupervisorClient, tmp_path: Path, places: Places
) -> None:
    ran = tmp_path / "ran"
    services.install(shell("guest", "exec sleep 60", after=(("sh", "-c", f"echo after >> {ran}"),)))
    services.start("guest")
    pid = running(services, "guest")
    supervisor = int((places.socket.parent / "pid").read_text())

    os.kill(supervisor, signal.SIGTERM)

    assert eventually(lambda: not alive(pid))
    assert eventually(ran.exists)
    assert eventually(lambda: not places.socket.exists())
    assert services.observe()["guest"].pid is None  # still installed, and seen without a supervisor


def test_terminated_supervisor_ends_whatever_other_signals_it_is_given(
    services: SupervisorClient, places: Places
) -> None:
    services.install(shell("guest", "exec sleep 60"))
    services.start("guest")
    pid = running(services, "guest")
    supervisor = int((places.socket.parent / "pid").read_text())

    for _ in range(20_000):
        os.kill(supervisor, signal.SIGCHLD)
    os.kill(supervisor, signal.SIGTERM)

    assert eventually(lambda: not alive(pid))
    assert eventually(lambda: not places.socket.exists())


def test_supervisor_shuts_down_only_when_nothing_is_installed(services: SupervisorClient, places: Places) -> None:
    services.install(shell("last", "exec sleep 60"))
    with pytest.raises(EngineRejected, match="services are installed: last"):
        services.shut_down()

    services.remove("last")
    services.shut_down()
    services.shut_down()

    assert not places.socket.exists()
    assert services.observe() == {}


def test_first_process_of_a_namespace_buries_orphans(places: Places) -> None:
    argv = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable, "-c", PROGRAM]
    with subprocess.Popen([*argv, str(places.units), str(places.socket), str(places.logs)]) as init:
        services = SupervisorClient(places, argv=("false",))
        try:
            assert eventually(places.socket.exists)
            services.install(shell("maker", "(setsid sh -c 'sleep 0.1' &) ; exec sleep 60"))
            services.start("maker")
            watch = "sleep 0.6; grep -l '^State:.Z' /proc/[0-9]*/status | wc -l; exec sleep 60"
            services.install(shell("watcher", watch))
            services.start("watcher")
            assert eventually(lambda: said(places, "watcher") != "")
            assert said(places, "watcher").split() == ["0"]
        finally:
            init.kill()  # unshare itself outlives SIGTERM, and takes its child along when it is killed


def shell(name: str, script: str, *, where: Path | None = None, **more: object) -> Unit:
    script = f"cd {where}; {script}" if where else script
    return Unit(name=name, argv=("sh", "-c", script), **more)  # type: ignore[arg-type] # keywords of the test


def said(places: Places, name: str) -> str:
    log = places.logs / f"{name}.log"
    return log.read_text() if log.exists() else ""


def running(services: SupervisorClient, name: str) -> int:
    status: ServiceStatus = services.observe()[name]
    assert status.pid is not None
    return status.pid


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def eventually(holds: Callable[[], bool]) -> bool:
    for _ in range(200):
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(units=tmp_path / "units", socket=tmp_path / "run" / "s.sock", logs=tmp_path / "log")


@pytest.fixture
def start(places: Places) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    made: list[subprocess.Popen[bytes]] = []

    def begin() -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(places.units), str(places.socket), str(places.logs)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        made.append(process)
        places.socket.parent.mkdir(parents=True, exist_ok=True)
        (places.socket.parent / "pid").write_text(str(process.pid))
        return process

    yield begin
    for process in made:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture
def services(places: Places, start: Callable[[], "subprocess.Popen[bytes]"]) -> SupervisorClient:
    start()
    assert eventually(places.socket.exists)
    return SupervisorClient(places, argv=("false",))
