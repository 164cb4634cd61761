"""Isolated hosts as they really are; needs root."""

import os
import signal
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.drivers.namespaces.cell import namespaces
from evertunnel.drivers.namespaces.warm import Program, warm
from evertunnel.errors import EngineRejected, EngineUnavailable
from evertunnel.lab import attempt, probes
from evertunnel.lab.hosts import Host
from evertunnel.lab.network import Lab, rehearsing
from evertunnel.lab.rundir import cleanup_stale
from evertunnel.lab.scenario import READY, wait_for
from evertunnel.lab.shell import init_of
from evertunnel.lab.topology import of
from evertunnel.plan.model import Plan

pytestmark = pytest.mark.engine

CONTOSO = Path(__file__).parents[2] / "examples" / "contoso.toml"
NAMED = Path("/run/netns")
# Says by what a process tells which host it is on, and what it was given.
WHERE = (
    "import os, socket, sys; print(socket.gethostname(), os.getcwd(), *map(os.readlink, ["
    "f'/proc/self/ns/{kind}' for kind in ('ipc', 'mnt', 'net', 'pid', 'uts')]), sys.stdin.read())"
)
TIMEIT = Program(path="timeit", module="timeit", loads=())
PLACES = ("/etc", "/var/lib", "/run", "/tmp", "/dev/shm")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with rehearsing(_plan(), base=tmp_path_factory.mktemp("labs")) as up:
        yield up


def test_no_two_hosts_are_in_one_namespace_nor_in_the_machines(lab: Lab) -> None:
    owners = [namespaces(host.pid) for host in lab.hosts.values()] + [namespaces(os.getpid())]

    for kind in ("ipc", "mnt", "net", "pid", "uts"):
        assert len({owner[kind] for owner in owners}) == len(owners)


@pytest.mark.parametrize("place", PLACES)
def test_a_file_of_one_host_is_seen_by_no_other_and_not_by_the_machine(lab: Lab, place: str) -> None:
    lab.host("laptop1").write(f"{place}/evertunnel-test", "mine")

    assert lab.host("laptop1").read(f"{place}/evertunnel-test") == "mine"
    assert lab.host("laptop2").run(["test", "-e", f"{place}/evertunnel-test"], check=False).returncode == 1
    assert not Path(place, "evertunnel-test").exists()


def test_the_rest_of_the_machine_is_read_only(lab: Lab) -> None:
    assert "Read-only" in lab.host("laptop1").run(["touch", "/usr/evertunnel-test"], check=False).stderr
    assert "Read-only" in lab.host("laptop1").run(["touch", "/root/evertunnel-test"], check=False).stderr


def test_a_process_of_one_host_is_not_seen_in_another(lab: Lab) -> None:
    sleeper = lab.host("laptop1").start(["sleep", "1234.5"])

    assert _sees(lab.host("laptop1"), "1234.5")
    assert not _sees(lab.host("laptop2"), "1234.5")
    assert sleeper.stop() == -signal.SIGTERM


def test_each_host_knows_its_own_name(lab: Lab) -> None:
    host = lab.host("core1")

    assert host.run(["hostname"]).stdout == "core1\n"
    assert "core1.corp.contoso.com" in host.run(["getent", "hosts", "core1"]).stdout


def test_a_failing_program_is_an_error_with_its_words(lab: Lab) -> None:
    with pytest.raises(EngineRejected, match=r"laptop1: ls /nowhere: returned 2: ls: cannot access"):
        lab.host("laptop1").run(["ls", "/nowhere"])
    with pytest.raises(EngineRejected, match="returned 127: no-such-program: No such file"):
        lab.host("laptop1").run(["no-such-program"])


def test_a_loaded_program_runs_in_the_hosts_own_namespaces(lab: Lab) -> None:
    host, words = lab.host("core1"), ("-n1", "-r1", WHERE)

    with warm(TIMEIT) as program:
        said = host.run_warm(program, words, stdin="given").stdout.splitlines()[0]

    own = host.run([sys.executable, "-c", WHERE], stdin="given").stdout.splitlines()[0]
    assert said.split() == own.split()
    assert said.split()[-1] == "given"


def test_a_loaded_program_is_not_the_one_of_the_current_directory(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evertunnel.py").write_text("raise SystemExit('not ours')")
    (tmp_path / "json.py").write_text("raise SystemExit('not ours')")
    monkeypatch.chdir(tmp_path)

    with warm(READY) as program:
        assert lab.host("laptop1").run_warm(program, ["user", "disable", "--help"]).returncode == 0


def test_a_loaded_program_never_runs_on_this_machine(lab: Lab) -> None:
    with warm(TIMEIT) as program, pytest.raises(EngineUnavailable, match="gone"):
        program.run(os.getpid(), ["-n1", "-r1", "pass"], stdin=b"", timeout=10)


def test_another_module_of_a_loaded_program_stays_in_the_background_of_its_host(lab: Lab) -> None:
    host, socket = lab.host("laptop1"), ("test", "-S", str(attempt.SERVER))

    with warm(READY) as program:
        server = host.start_warm(program, attempt.__name__)
        try:
            wait_for("its socket", lambda: {"there": True} if host.run(socket, check=False).returncode == 0 else {})
        finally:
            server.stop()

    assert server.poll() is not None
    assert lab.host("laptop2").run(socket, check=False).returncode == 1


def test_a_loaded_program_ends_with_its_own_status_and_words(lab: Lab) -> None:
    with warm(READY) as program:
        done = lab.host("laptop1").run_warm(program, ["user", "disable"], check=False)
        with pytest.raises(EngineRejected, match=r"laptop1: .*evertunnel check /nowhere: returned 2: /nowhere"):
            lab.host("laptop1").run_warm(program, ["check", "/nowhere"])

    assert done.returncode == 2
    assert "the following arguments are required: USER" in done.stderr


def test_a_loaded_program_that_does_not_end_is_ended(lab: Lab) -> None:
    host, words = lab.host("laptop1"), ["-n1", "-r1", "import time; time.sleep(60)"]

    with warm(TIMEIT) as program, ThreadPoolExecutor() as pool:
        ending = pool.submit(program.run, host.pid, words, stdin=b"", timeout=1)
        wait_for("the program", lambda: {"there": True} if _sees(host, "warm import serve") else {})
        with pytest.raises(EngineUnavailable, match="no end within 1 s"):
            ending.result()

    assert not _sees(host, "warm import serve")


def test_a_program_that_does_not_end_is_ended(lab: Lab) -> None:
    with pytest.raises(EngineUnavailable, match=r"no end within 0\.1 s"):
        lab.host("laptop1").run(["sleep", "4321.5"], timeout=0.1)
    assert not _sees(lab.host("laptop1"), "4321.5")


def test_a_lot_of_input_and_output_passes(lab: Lab) -> None:
    text = "x" * 3_000_000

    assert lab.host("laptop1").run(["cat"], stdin=text).stdout == text


def test_laptops_reach_the_edge_from_a_cafe_and_from_behind_nat(lab: Lab) -> None:
    for name in ("laptop1", "laptop2", "stranger"):
        assert probes.ping(lab.host(name), "192.0.2.2").held
    assert probes.ping(lab.host("laptop1"), "2001:db8:1::2").held


def test_no_packet_gets_in_before_anything_is_applied(lab: Lab) -> None:
    assert probes.ping(lab.host("laptop1"), "203.0.113.10", probes.NO_WAY, timeout=0.3).held
    assert probes.tcp(lab.host("stranger"), "10.0.0.10", 80, probes.NO_WAY, timeout=0.3).held


def test_probes_tell_answered_refused_and_timeout_apart(lab: Lab) -> None:
    printer = lab.host("printer1")

    assert probes.http(printer, "10.0.0.10").observed == "answered 200 mgmt1 port 80"
    assert probes.tcp(printer, "10.0.0.10", 5985).observed == "answered"
    assert probes.tcp(printer, "10.0.0.10", 81).observed == "refused"
    assert probes.udp(printer, "10.0.0.10", 7).observed == "answered 00"
    assert probes.udp(printer, "10.0.0.10", 9).observed == "refused"
    assert probes.tcp(printer, "10.0.0.10", 80, source="10.9.9.9").observed == "no such source"
    assert probes.tcp(lab.host("stranger"), "203.0.113.10", 80, timeout=0.2).observed == "timeout"


def test_a_running_download_is_told_from_a_stalled_one(lab: Lab) -> None:
    download = probes.Download(lab.host("printer1"), "10.0.0.30")
    try:
        assert download.flows().held
        lab.unplug("printer1", "eth0")
        download.flows(within=0.2)
        assert download.flows("stalled", within=0.5).held
        lab.plug("printer1", "eth0")
        assert download.flows(within=5).held
    finally:
        download.stop()


def test_a_reboot_keeps_etc_and_var_and_ends_everything_else(lab: Lab) -> None:
    host = lab.host("laptop2")
    for place in PLACES:
        host.write(f"{place}/kept", "yes")
    sleeper = host.start(["sleep", "1111.5"])
    host.boot_command = ("sh", "-c", "echo booted > /run/booted; exec sleep 2222.5")

    host.reboot()

    assert [place for place in PLACES if host.run(["test", "-e", f"{place}/kept"], check=False).returncode == 0] == [
        "/etc",
        "/var/lib",
    ]
    assert sleeper.wait(5) == -signal.SIGKILL
    assert not _sees(host, "1111.5")
    assert host.boot_process is not None
    assert host.boot_process.poll() is None
    assert probes.ping(host, "192.0.2.2").held


def test_a_lab_shell_finds_a_host_of_a_living_lab(lab: Lab) -> None:
    assert init_of("laptop1", lab.directory.path.parent) == lab.host("laptop1").pid


def test_sabotage_can_make_two_hosts_share_their_files(tmp_path: Path) -> None:
    one, two = Host("one", tmp_path / "one"), Host("two", tmp_path / "two")
    two.shares_mounts_with = one
    try:
        one.boot()
        two.boot()
        one.write("/etc/shared", "seen")

        assert two.read("/etc/shared") == "seen"
    finally:
        two.kill()
        one.kill()


def test_nothing_is_left_after_a_lab(tmp_path: Path) -> None:
    before = _machine(tmp_path)

    with rehearsing(_plan(), base=tmp_path / "labs") as up:
        inits = [host.pid for host in up.hosts.values()]

    assert _machine(tmp_path) == before
    assert not (tmp_path / "labs").exists()
    assert not any(Path(f"/proc/{pid}").exists() for pid in inits)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_after_an_interruption(tmp_path: Path, number: signal.Signals) -> None:
    before, base = _machine(tmp_path), tmp_path / "labs"
    with _lab_process(base) as child:
        inits = _inits(child)
        child.send_signal(number)
        child.wait(20)

    assert inits
    assert not any(Path(f"/proc/{pid}").exists() for pid in inits)
    assert not base.exists()
    assert _machine(tmp_path) == before


def test_nothing_is_left_after_a_lab_was_killed_and_the_next_one_cleaned_up(tmp_path: Path) -> None:
    before, base = _machine(tmp_path), tmp_path / "labs"
    with _lab_process(base) as child:
        inits = _inits(child)
        assert cleanup_stale(base) == ()
        child.kill()

    assert len(cleanup_stale(base)) == 1

    assert inits
    assert not any(Path(f"/proc/{pid}").exists() for pid in inits)
    assert not base.exists()
    assert _machine(tmp_path) == before


def _lab_process(base: Path) -> "subprocess.Popen[str]":
    program = f"""
        import signal, tomllib
        from pathlib import Path
        from evertunnel import documents
        from evertunnel.lab.network import rehearsing
        from evertunnel.lab.rehearsal import interruptible
        from evertunnel.plan.model import Plan
        plan = documents.read(Plan, tomllib.loads(Path({str(CONTOSO)!r}).read_text()), name="plan")
        with interruptible(), rehearsing(plan, base=Path({str(base)!r})) as lab:
            lab.host("laptop1").start(["sleep", "3333.5"])
            print(*[host.pid for host in lab.hosts.values()], flush=True)
            signal.pause()
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def _inits(child: "subprocess.Popen[str]") -> list[int]:
    assert child.stdout is not None
    return [int(pid) for pid in child.stdout.readline().split()]


def _plan() -> Plan:
    return documents.read(Plan, tomllib.loads(CONTOSO.read_text()), name=CONTOSO.name)


def _sees(host: Host, words: str) -> bool:
    return words in host.run(["ps", "-eo", "args"]).stdout


def _machine(own: Path) -> tuple[list[str], list[str]]:
    """The machine's mounts and interfaces that a lab with its things in `own` could have made.

    Others may be at work on the machine: tests beside this one name namespaces, and mount in directories of their own.
    """
    places = {line: Path(line.split()[1]) for line in Path("/proc/self/mounts").read_text().splitlines()}
    others = (NAMED, own.parent.parent)
    mounts = [line for line, at in places.items() if at.is_relative_to(own) or not any(map(at.is_relative_to, others))]
    interfaces = [path.name for path in Path("/sys/class/net").iterdir()]
    ours = ("port", "br", *(card.interface for machine in of(_plan()).machines.values() for card in machine.cards))
    return (
        sorted(mounts),
        sorted(name for name in interfaces if name.startswith(ours) and name != "eth0"),
    )
