"""Linux with our agent: what a plan says to it, the same on every device and for everybody, and how it gets there."""

import shlex
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address
from pathlib import PurePosixPath

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel import documents
from evertunnel.errors import Refused
from evertunnel.pki.templates import TEMPLATES, TemplateName
from evertunnel.plan.model import Plan
from evertunnel.plan.proposals import proposals
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.abilities import Platform, carries, missing
from evertunnel.profiles.delivery import Delivery, Document, Missing, Trust
from evertunnel.profiles.device import CommonDeviceProfile
from evertunnel.profiles.identity import Identity
from evertunnel.profiles.naming import file_name
from evertunnel.profiles.tunnel import Probe
from evertunnel.profiles.user import CommonUserProfile
from evertunnel.values import GroupName, ObjectId, UserName

FOLDER = PurePosixPath("agent")
SUFFIX = "profile"
README = """\
# Evertunnel's agent on Linux devices

What stands in {files} is the same everywhere, and no secret: bring it to all
devices by any tool, in an image, with Ansible, by a management server. What is a device's own, or a person's,
is a certificate, and the key that it was made for.
"""
README_DEVICE = """
## Each device

1. On the device; the key stays there:

       sudo evertunnel client request laptop1 --domain {domain} > laptop1.csr

2. Where directory and authority are; the first line only for a device that the directory does not know:

       sudo evertunnel device add laptop1{group}
       sudo evertunnel certificate issue --template device --for laptop1 --request laptop1.csr > laptop1.crt

3. On the device:

       sudo evertunnel client install device-tunnel.profile --certificate laptop1.crt
       evertunnel client status
"""
README_PERSON = """
## Each person on it

1. On the device; the key stays there:

       sudo evertunnel client request-user {user} > {mailbox}.csr

2. Where directory and authority are; the first line only for a person whom the directory does not know:

       sudo evertunnel user add {user}{group}
       sudo evertunnel certificate issue --template user --for {user} --request {mailbox}.csr > {mailbox}.crt

3. On the device:

       sudo evertunnel client sign-in {user} --profile user-tunnel.profile --certificate {mailbox}.crt
"""
README_MANY = """
## Many at once, and renewal

Collect the requests in a folder, each named as the directory names whom it is for, like {names}.
This puts a certificate beside each:

{commands}
A certificate that runs out is renewed by the same three steps: the key that is there is used again. Profiles of a
changed plan are installed without `--certificate`: the one that is there goes on.
"""
ISSUE_ALL = "    sudo evertunnel certificate issue-all --template {0} {0}-requests\n"


def build(plan: Plan, trust: Trust, identity: Identity | None) -> Delivery:
    """The profiles and the steps; without the profile that the plan gives no port to knock at for."""
    compose: Mapping[Tunnel, Callable[[Plan, Trust], object]] = {
        Tunnel.DEVICE: device_profile,
        Tunnel.USER: user_profile,
    }
    made, lacking = {}, list(missing(plan, Platform.LINUX))
    for kind in (kind for kind in Tunnel if carries(plan, Platform.LINUX, kind)):
        try:
            made[kind] = documents.to_json(compose[kind](plan, trust))
        except Refused as error:
            lacking.append(Missing(path=f"{kind.value}_tunnel.reach", what=f"it gets no profile: {error}"))
    texts = {"README.md": _readme(plan, list(made), identity)}
    texts |= {file_name(kind, SUFFIX): text for kind, text in made.items()}
    return Delivery(
        documents=tuple(Document(path=FOLDER / name, content=text.encode()) for name, text in texts.items()),
        missing=tuple(lacking),
    )


def device_profile(plan: Plan, trust: Trust) -> CommonDeviceProfile:
    """The device tunnel's; Refused where the agent could not tell whether it carries anything."""
    tunnel, chosen = plan.device_tunnel, proposals(plan.gateway)
    return CommonDeviceProfile(
        domain=plan.organisation.domain,
        gateway=plan.gateway.name,
        ike_proposals=chosen.ike,
        esp_proposals=chosen.esp,
        authorities=_authorities(trust),
        policy=_policy(plan, TemplateName.DEVICE),
        pool=plan.gateway.pools[tunnel.pool].network,
        routes=plan.device_routes(),
        probes=_probes(plan, tunnel.reach),
        ike_seconds=plan.gateway.ike_seconds,
        child_seconds=plan.gateway.child_seconds,
    )


def user_profile(plan: Plan, trust: Trust) -> CommonUserProfile:
    """The user tunnel's; Refused likewise, and where the plan has none."""
    tunnel, chosen = plan.user_tunnel, proposals(plan.gateway)
    if tunnel is None:
        raise Refused("this plan has no user tunnel. Add a section [user_tunnel] to it and apply it first.")
    return CommonUserProfile(
        gateway=plan.gateway.name,
        aaa_name=plan.aaa_name(),
        ike_proposals=chosen.ike,
        esp_proposals=chosen.esp,
        authorities=_authorities(trust),
        policy=_policy(plan, TemplateName.USER),
        pools=tuple(sorted({pool.network for pool in plan.gateway.pools.values()})),
        routes=plan.user_routes(),
        probes=_probes(plan, tunnel.reach),
        ike_seconds=plan.gateway.ike_seconds,
        child_seconds=plan.gateway.child_seconds,
    )


def _authorities(trust: Trust) -> tuple[str, ...]:
    """The certificates alone: what else stands in their files is not for charon."""
    read = (x509.load_pem_x509_certificate(pem.encode()) for pem in (trust.root, trust.issuing))
    return tuple(certificate.public_bytes(Encoding.PEM).decode() for certificate in read)


def _policy(plan: Plan, template: TemplateName) -> ObjectId:
    return TEMPLATES[template].policy(plan.certificates.policy_arc)


def _probes(plan: Plan, name: str) -> tuple[Probe, ...]:
    reach = plan.reach[name]
    hosts: list[IPv4Address] = [nic.address.ip for host in reach.hosts if (nic := plan.hosts[host].internal)]
    if not reach.tcp or not hosts:
        raise Refused(f"reach {name} has no TCP port at which the agent could knock. Name one in its `tcp`.")
    return tuple(Probe(address=address, port=reach.tcp[0]) for address in hosts)


def _readme(plan: Plan, kinds: list[Tunnel], identity: Identity | None) -> str:
    user = identity.user if identity else UserName(f"alice@{plan.organisation.domain}")
    templates = plan.certificates.templates
    each = {
        Tunnel.DEVICE: README_DEVICE.format(domain=plan.organisation.domain, group=_group(templates.device.groups)),
        Tunnel.USER: README_PERSON.format(user=user, mailbox=user.mailbox, group=_group(templates.user.groups)),
    }
    names = {Tunnel.DEVICE: "`laptop1.csr`", Tunnel.USER: f"`{user}.csr`"}
    return "".join(
        (
            README.format(files=" and ".join(f"`{file_name(kind, SUFFIX)}`" for kind in kinds)),
            *(each[kind] for kind in kinds),
            README_MANY.format(
                names=" or ".join(names[kind] for kind in kinds),
                commands="".join(ISSUE_ALL.format(kind.value) for kind in kinds),
            ),
        )
    )


def _group(groups: tuple[GroupName, ...]) -> str:
    """The words that put somebody into a group whose members may have the certificate."""
    return f" --group {shlex.quote(groups[0])}" if groups else ""
