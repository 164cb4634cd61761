"""What the authority gave, and to whom it gives nothing."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID, ObjectIdentifier

from evertunnel import documents
from evertunnel.gateway.model import Connections
from evertunnel.lab.claim import Probe, Recorder, claim
from evertunnel.lab.probes import fact
from evertunnel.lab.scenario import WORK
from evertunnel.lab.strangers import request_of
from evertunnel.lab.world import SHY, World
from evertunnel.paths import ETC

KNOWN = SHY  # a device that no claim disables
IKE_INTERMEDIATE = ObjectIdentifier("1.3.6.1.5.5.8.2.2")


@claim(
    "gateway-certificate",
    2,
    "The gateway's certificate has the usages, names and policy that clients ask for.",
    control=False,
    uses=(),
)
def gateway_certificate(world: World, note: Recorder) -> None:
    plan, gateway = world.scenario.plan, world.scenario.gateway
    text = gateway.read(ETC / "gateway" / "connections.json")
    held = documents.from_json(Connections, text, name="connections.json")
    certificate = x509.load_pem_x509_certificate(held.certificate.encode())
    usages = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    wanted = {ExtendedKeyUsageOID.SERVER_AUTH, IKE_INTERMEDIATE, ExtendedKeyUsageOID.CLIENT_AUTH}
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    values = {str(name.value) for name in names}
    policies = certificate.extensions.get_extension_for_oid(ExtensionOID.CERTIFICATE_POLICIES).value
    oids = (
        [each.policy_identifier.dotted_string for each in policies]
        if isinstance(policies, x509.CertificatePolicies)
        else []
    )
    expected = {str(plan.gateway.name), *map(str, plan.gateway.extra_names)}
    show = "openssl x509 -noout -text"
    note(_set(gateway.name, show, {usage.dotted_string for usage in wanted}, {usage.dotted_string for usage in usages}))
    note(
        fact(
            gateway.name,
            show,
            expected="every name",
            observed="every name" if expected <= values else f"lacks {expected - values}",
        )
    )
    note(fact(gateway.name, show, expected=f"{plan.certificates.policy_arc}.2", observed=" ".join(oids)))
    serial = f"{certificate.serial_number:x}"
    note(fact(gateway.name, show, expected=f"serialNumber={serial}", observed=_serial(certificate)))


@claim("vpn-servers-only", 2, "A host outside VPN Servers gets no gateway certificate.", uses=(), needs=("signer",))
def vpn_servers_only(world: World, note: Recorder) -> None:
    core, gateway = world.scenario.core, world.scenario.gateway
    folder, group = f"{WORK}/servers", world.scenario.plan.certificates.templates.vpn_server.groups[0]
    outsiders = tuple(name for name in (core.name, KNOWN) if name != gateway.name)
    for principal in (*outsiders, gateway.name):
        core.write(f"{folder}/{principal}.csr", request_of(world.strangers.second_key))
    command = ("certificate", "issue-all", "--template", "vpn-server", folder)
    said = world.scenario.evertunnel(core, *command, check=False).stderr
    issued = core.run(["ls", folder]).stdout.split()

    def outcome(principal: str, expected: str) -> Probe:
        why = next((line for line in said.splitlines() if line.startswith(f"{principal}: ")), "nothing said")
        observed = "issued" if f"{principal}.crt" in issued else f"refused: {why.removeprefix(f'{principal}: ')}"
        return fact(core.name, f"evertunnel {' '.join(command)}   # {principal}", expected=expected, observed=observed)

    for principal in outsiders:
        note(outcome(principal, f"refused: {principal} is not in {group}, whose"))
    with note.control():
        note(outcome(gateway.name, "issued"))


GATEWAY, VPN_SERVERS = gateway_certificate, vpn_servers_only


def _set(host: str, command: str, expected: set[str], observed: set[str]) -> Probe:
    return fact(host, command, expected=" ".join(sorted(expected)), observed=" ".join(sorted(observed)))


def _serial(certificate: x509.Certificate) -> str:
    values = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    return f"serialNumber={values[0].value!s}" if values else "no serialNumber"
