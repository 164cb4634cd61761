"""What Windows is told of each tunnel of a plan, whichever way it comes there."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Tunnel
from evertunnel.plan.windows import Windows
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.naming import shown_name
from evertunnel.profiles.vpnv2.compose import Pins, device_profile, user_profile
from evertunnel.profiles.vpnv2.model import IkeCipher, IkeIntegrity, VpnProfile
from evertunnel.profiles.vpnv2.write import Dialect, write
from evertunnel.profiles.windows.releases import later

# ProfileXML over WMI, and the device tunnel.
FIRST = {Tunnel.USER: Windows.W10_1607, Tunnel.DEVICE: Windows.W10_1709}

# Set-VpnConnectionIPsecConfiguration has other words than ProfileXML for these; the rest is the same in both.
IKE_CIPHERS = {IkeCipher.AES_GCM_128: "GCMAES128", IkeCipher.AES_GCM_256: "GCMAES256"}
IKE_INTEGRITIES = {IkeIntegrity.SHA1: "SHA1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsTunnel:
    """One tunnel: its profile, and the oldest Windows that shall have it."""

    kind: Tunnel
    name: str
    profile: VpnProfile
    release: Windows

    @property
    def instance_id(self) -> str:
        """The name as the VPNv2 tree and WMI write it, escaped as in a URL."""
        return quote(self.name, safe="")

    def xml(self, dialect: Dialect) -> str:
        """Its ProfileXML."""
        return write(self.profile, dialect)

    def gateway(self) -> str:
        """The first server's name."""
        native = self.profile.native
        return native.servers[0].host if native and native.servers else ""

    def ipsec_policy(self) -> Mapping[str, str]:
        """The parameters of Set-VpnConnectionIPsecConfiguration, which takes all six or none."""
        suite = self.profile.native.cryptography if self.profile.native else None
        if suite is None or suite.ike_cipher is None or suite.ike_integrity is None:
            return {}
        chosen = {
            "AuthenticationTransformConstants": suite.esp_integrity,
            "CipherTransformConstants": suite.esp_cipher,
            "DHGroup": suite.dh_group,
            "PfsGroup": suite.pfs_group,
        }
        named = {parameter: value.value for parameter, value in chosen.items() if value is not None}
        if len(named) < len(chosen):
            return {}
        return {
            **named,
            "EncryptionMethod": IKE_CIPHERS.get(suite.ike_cipher, suite.ike_cipher.value),
            "IntegrityCheckMethod": IKE_INTEGRITIES.get(suite.ike_integrity, suite.ike_integrity.value),
        }


def device_tunnel(plan: Plan) -> WindowsTunnel:
    """The device tunnel."""
    return _tunnel(Tunnel.DEVICE, device_profile(plan), plan)


def user_tunnel(plan: Plan, trust: Trust) -> WindowsTunnel | None:
    """The user tunnel; None where the plan has none."""
    profile = user_profile(plan, Pins.of(trust))
    return None if profile is None else _tunnel(Tunnel.USER, profile, plan)


def tunnels(plan: Plan, trust: Trust) -> tuple[WindowsTunnel, ...]:
    """The device tunnel, and the user tunnel where there is one."""
    user = user_tunnel(plan, trust)
    return (device_tunnel(plan), *([user] if user else []))


def _tunnel(kind: Tunnel, profile: VpnProfile, plan: Plan) -> WindowsTunnel:
    name = shown_name(plan, kind)
    return WindowsTunnel(kind=kind, name=name, profile=profile, release=later(plan.clients.windows, FIRST[kind]))
