"""The plan as a whole: hosts that share nothing, an apply that is done, drift that is seen, nothing left at the end."""

from concurrent.futures import ThreadPoolExecutor

from evertunnel.lab.claim import Recorder, claim
from evertunnel.lab.hosts import Host
from evertunnel.lab.isolation import shared
from evertunnel.lab.probes import fact
from evertunnel.lab.strangers import PYTHON
from evertunnel.lab.topology import LAPTOP2
from evertunnel.lab.world import World
from evertunnel.paths import STATE

UNLOAD = """
from pathlib import Path
from evertunnel.drivers.vici import Vici
vici = Vici(Path("/run/evertunnel/charon.vici"))
for name in vici.get_conns():
    vici.unload_conn(name)
"""
# The first rule that accepts something: its chain and its handle.
AN_ACCEPT = """
for chain in forward input; do
    nft -a list chain inet evertunnel $chain | sed -n "s/.* accept # handle /$chain /p"
done | head -n 1
"""
TRACES = (
    "nft list tables | grep evertunnel; ip route show proto 77; ls -d /etc/evertunnel /run/evertunnel 2>/dev/null;"
    " pgrep -a 'charon|freeradius'; pgrep -af 'evertunnel (service|supervise)'"
)


@claim(
    "share-nothing",
    1,
    "The hosts of the rehearsal share no namespace, no file and no process.",
    control=False,
    uses=(),
    needs=(LAPTOP2,),
)
def share_nothing(world: World, note: Recorder) -> None:
    for finding in shared(world.scenario.lab):
        note(fact(finding.hosts, finding.command, expected="nothing shared", observed=finding.observed))


@claim(
    "second-apply",
    1,
    "A second apply does nothing.",
    control=False,
    uses=(),
    needs=("gateway", "radius", "inner", "signer"),
)
def second_apply(world: World, note: Recorder) -> None:
    def again(host: Host) -> tuple[Host, str]:
        return host, world.scenario.evertunnel(host, "apply", check=False).stdout.strip().splitlines()[-1]

    with ThreadPoolExecutor(max_workers=2) as pool:
        for host, said in pool.map(again, world.scenario.managed()):
            note(fact(host.name, "evertunnel apply", expected="0 action(s);", observed=said))


@claim("drift", 1, "A change by hand shows in the preview, and apply heals it.", uses=("gateway", "radius", "inner"))
def drift(world: World, note: Recorder) -> None:
    gateway, core = world.scenario.gateway, world.scenario.core
    inner = world.packet_filter
    hosts = tuple(dict.fromkeys((inner, gateway, core)))

    def preview(host: Host) -> str:
        return world.scenario.evertunnel(host, "preview").stdout

    def heal(host: Host) -> str:
        world.scenario.evertunnel(host, "apply")
        return preview(host)

    chain, handle = inner.run(["sh", "-c", AN_ACCEPT]).stdout.split()
    inner.run(["nft", "delete", "rule", "inet", "evertunnel", chain, "handle", handle])
    gateway.run([PYTHON, "-c", UNLOAD])
    gateway.run(["sh", "-c", "echo '# mine' >> /etc/evertunnel/gateway/close.nft"])
    world.scenario.manage(core, "stop", "publisher")
    with ThreadPoolExecutor(max_workers=3) as pool:
        previews = dict(zip(hosts, pool.map(preview, hosts), strict=True))
        healed = dict(zip(hosts, pool.map(heal, hosts), strict=True))
    for host, word in ((inner, "table"), (gateway, "connection"), (gateway, "close.nft"), (core, "publisher")):
        said = previews[host]
        note(
            fact(
                host.name,
                "evertunnel preview",
                expected=word,
                observed=f"{word} ({said.strip()})" if word in said else said.strip(),
            )
        )
    with note.control():
        for host in hosts:
            note(fact(host.name, "evertunnel preview", expected="0 actions:", observed=healed[host].strip()))


@claim("remove", 1, "After remove nothing is left but the store, the authority's keys and the spools.")
def remove(world: World, note: Recorder) -> None:
    hosts = world.scenario.managed()
    with note.control():
        for host in hosts:
            note(fact(host.name, TRACES, expected="something", observed="something" if _traces(host) else "nothing"))
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(lambda host: world.scenario.evertunnel(host, "remove"), hosts))
    for host in hosts:
        note(fact(host.name, TRACES, expected="nothing", observed=_traces(host) or "nothing"))
    for host, parts in ((world.scenario.core, {"ca", "store"}), (world.scenario.gateway, {"gateway/accounting"})):
        kept = {part for part in parts if host.run(["test", "-d", str(STATE / part)], check=False).returncode == 0}
        observed = f"kept {', '.join(sorted(kept))}"
        note(fact(host.name, f"ls {STATE}", expected=f"kept {', '.join(sorted(parts))}", observed=observed))


SHARE_NOTHING, SECOND_APPLY, DRIFT, REMOVE = share_nothing, second_apply, drift, remove


def _traces(host: Host) -> str:
    return " ".join(host.run(["sh", "-c", TRACES], check=False).stdout.split())
