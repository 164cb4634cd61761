"""What a laptop needs before the gateway: a card, profiles, and an inside host that says who asked."""

import subprocess
import sys
from ipaddress import IPv4Address, IPv4Network

from tests.engine.eap.certificates import Authority, Leaf
from tests.engine.eap.gateway import ESP, IKE, NAME, Tunnels
from tests.engine.eap.world import ADDRESS

from evertunnel import documents
from evertunnel.drivers.namespaces.cell import wire
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.user import UserProfile

KEYS = "/var/lib/evertunnel/client"
ROUTER, LAPTOP = "198.51.100.1", "198.51.100.20"
USERS, DEVICES = IPv4Network("10.98.0.0/24"), IPv4Network("10.99.0.0/24")
FIXED = IPv4Address("10.98.0.77")  # Alice's, in the directory
# Answers each connection with the address that it came from.
ECHO = """
import socketserver
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.readline()
        body = self.client_address[0].encode()
        self.wfile.write(b"HTTP/1.0 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body))
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
Server(("10.0.0.20", 80), Echo).serve_forever()
"""


def attach(gateway: Tunnels, laptop: int) -> None:
    """Gives a laptop, by its first process, a card before the gateway, or another one after a reboot."""
    link = f"link add card type veth peer name wan netns {laptop}"
    for words in ("link del card", link, f"address add {ROUTER}/24 dev card", "link set card up"):
        subprocess.run(["ip", "-n", gateway.gateway, *words.split()], check=words != "link del card")
    address = f"address add {LAPTOP}/24 dev wan"
    wire(laptop, [address, "link set wan up", "link set lo up", f"route add default via {ROUTER}"])


def open_inside(gateway: Tunnels) -> "subprocess.Popen[bytes]":
    """Packets pass the gateway, and a host behind it answers until what this gives is ended."""
    enter = ["ip", "netns", "exec", gateway.gateway]
    subprocess.run([*enter, "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
    inside = gateway.world.inside
    for pool in ("10.97.0.0/24", str(USERS), str(DEVICES)):
        subprocess.run(inside(["ip", "route", "add", pool, "via", "10.0.0.1"]), check=True)
    return subprocess.Popen(inside([sys.executable, "-c", ECHO]))


def device_profile(authority: Authority, held: Leaf) -> DeviceProfile:
    return documents.read(
        DeviceProfile,
        {"device": "laptop1", "domain": "corp.contoso.com", "pool": str(DEVICES), **_common(authority, held)},
        name="test profile",
    )


def user_profile(authority: Authority, user: str, held: Leaf) -> UserProfile:
    return documents.read(
        UserProfile,
        {"user": user, "aaa_name": "core1.corp.contoso.com", "pools": [str(USERS)], **_common(authority, held)},
        name="test profile",
    )


def _common(authority: Authority, held: Leaf) -> dict[str, object]:
    end = "-----END CERTIFICATE-----\n"
    return {
        "gateway": NAME,
        "ike_proposals": [IKE],
        "esp_proposals": [ESP],
        "authorities": list(authority.authorities),
        "certificate": held.chain_file.read_text().partition(end)[0] + end,
        "routes": [f"{ADDRESS}/32"],
        "probes": [{"address": str(ADDRESS), "port": 80}],
    }
