"""`check --outside` on a machine of its own, beside a small name server and a real charon."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evertunnel.lab.hosts import Host

pytestmark = pytest.mark.engine

EVERTUNNEL = str(Path(sys.executable).parent / "evertunnel")
CONTOSO = Path(__file__).parents[2] / "examples" / "contoso.toml"
PLAN = "/etc/plan.toml"
GATEWAY, RESOLVER = "203.0.113.10", "198.51.100.53"
CHARON_CONF = """
charon-systemd {
  load_modular = no
  load = random nonce x509 pubkey pem openssl kdf kernel-libipsec kernel-netlink socket-default
  journal { default = -1 }
}
"""
# Arguments: an rcode, then addresses; `silent` never answers.
NAME_SERVER = """
import socket, sys
import dns.message, dns.rcode, dns.rrset
rcode, *addresses = sys.argv[1:]
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("198.51.100.53", 53))
while True:
    packet, peer = server.recvfrom(4096)
    asked = dns.message.from_wire(packet)
    answer = dns.message.make_response(asked)
    (question,) = asked.question
    kind = question.rdtype.name
    texts = [each for each in addresses if (":" in each) == (kind == "AAAA")]
    answer.set_rcode(dns.rcode.from_text(rcode if rcode != "silent" else "NOERROR"))
    if texts:
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
    if rcode != "silent":
        server.sendto(answer.to_wire(), peer)
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    host = Host("outside", tmp_path_factory.mktemp("outside") / "disk")
    host.boot()
    try:
        for address in (GATEWAY, RESOLVER):
            host.run(["ip", "address", "add", f"{address}/32", "dev", "lo"])
        host.write(PLAN, CONTOSO.read_text())
        yield host
    finally:
        host.kill()


@pytest.fixture
def gateway(machine: Host) -> Iterator[None]:
    """A charon that listens and has no connection for anybody."""
    machine.write("/etc/gateway.conf", CHARON_CONF)
    process = machine.start(["/usr/sbin/charon-systemd"], environment={"STRONGSWAN_CONF": "/etc/gateway.conf"})
    listening = "until ss -Hlun | grep -q ':4500 '; do sleep 0.05; done"
    machine.run(["sh", "-c", listening], timeout=10)
    yield
    process.stop()


@pytest.mark.usefixtures("gateway")
def test_the_right_name_and_a_gateway_that_answers_hold(machine: Host) -> None:
    with naming(machine, "NOERROR", GATEWAY):
        status, said = outside(machine)

    assert status == 0
    assert said == [
        "vpn.contoso.com is 203.0.113.10",
        "203.0.113.10 UDP 500: a gateway answers",
        "203.0.113.10 UDP 4500: a gateway answers",
    ]


def test_a_gateway_that_is_not_there_fails_though_its_name_is_right(machine: Host) -> None:
    with naming(machine, "NOERROR", GATEWAY):
        status, said = outside(machine)

    assert status == 1
    assert said[0] == "vpn.contoso.com is 203.0.113.10"
    assert said[1].startswith("203.0.113.10 UDP 500: no answer")
    assert said[2].startswith("203.0.113.10 UDP 4500: no answer")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (("NOERROR", "192.0.2.99"), "192.0.2.99, and must be 203.0.113.10 alone"),
        (("NOERROR", "10.0.1.10"), "10.0.1.10, which is private"),
        (("NOERROR", "2001:db8::10"), "only IPv6 (2001:db8::10)"),
        (("NOERROR",), "no address; set vpn.contoso.com. IN A 203.0.113.10"),
        (("NXDOMAIN",), "no such name (NXDOMAIN)"),
        (("SERVFAIL",), "the resolver could not find out"),
        (("silent",), "no answer from the resolver"),
    ],
)
@pytest.mark.usefixtures("gateway")
def test_a_wrong_answer_of_the_name_server_fails_in_words(machine: Host, answer: tuple[str, ...], said: str) -> None:
    with naming(machine, *answer):
        status, heard = outside(machine)

    assert status == 1
    assert said in heard[0]


def test_without_a_resolver_it_says_so(machine: Host) -> None:
    machine.write("/etc/resolv.conf", "")

    done = machine.run([EVERTUNNEL, "check", PLAN, "--outside"], check=False)

    assert done.returncode == 1
    assert "names no resolver in /etc/resolv.conf; name one (--resolver)" in done.stdout


@contextmanager
def naming(machine: Host, *arguments: str) -> Iterator[None]:
    server = machine.start([sys.executable, "-c", NAME_SERVER, *arguments])
    try:
        machine.run(["sh", "-c", f"until ss -Hlun | grep -q '{RESOLVER}:53 '; do sleep 0.05; done"], timeout=10)
        yield
    finally:
        server.stop()


def outside(machine: Host) -> tuple[int, list[str]]:
    done = machine.run([EVERTUNNEL, "check", PLAN, "--outside", "--resolver", RESOLVER, "--json"], check=False)
    return done.returncode, [str(each["what"]) for each in json.loads(done.stdout)["outside"]]
