"""What one of our hosts says of causes, by its own evidence: that of `verify`, and the certificates that it shows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from evertunnel.explain.model import Verdict, found, not_told, ruled_out
from evertunnel.reconcile.model import Evidence

LATCH, CONNECTIONS, TABLE = "gateway latch", "gateway connections", "firewall table"
RADIUS = ("RADIUS answers", "policy answers")
CRLS = ("root CRL", "issuing CRL")
DIRECTORY, PUBLIC_NAME, SERVICE = "directory", "public name", "service "


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A certificate that this host shows to clients; `is_revoked` is None where no record of it is at hand."""

    names: tuple[str, ...]
    not_before: float
    not_after: float
    is_for_servers: bool
    is_revoked: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What there was to be seen on a host; what it does not have, it has no evidence of."""

    host: str
    at: float
    evidence: tuple[Evidence, ...] = ()
    gateway: Shown | None = None  # the certificate of the gateway
    radius: Shown | None = None  # that of the RADIUS server
    public_name: str | None = None  # what clients of this gateway connect to


def verdicts(seen: Seen) -> dict[str, Verdict]:
    """What was seen, by the causes' ids; causes about which this host has nothing to say are left out."""
    judged = {cause: check(seen) for cause, check in CHECKS.items()}
    return {cause: verdict for cause, verdict in judged.items() if verdict is not None}


def _by(part: str) -> "Check":
    """The verdict of one part of `verify`: a part that did not hold is the cause."""

    def check(seen: Seen) -> Verdict | None:
        for each in seen.evidence:
            if each.part == part:
                return (ruled_out if each.held else found)(_said(seen, [each]))
        return None

    return check


def _radius_silent(seen: Seen) -> Verdict | None:
    answers = _parts(seen, RADIUS)
    if any(not each.held for each in answers):
        return found(_said(seen, [each for each in answers if not each.held]))
    # The latch opens once the RADIUS server has answered the gateway itself.
    latch = _parts(seen, (LATCH,))
    if latch and latch[0].held:
        return ruled_out(_said(seen, latch))
    return not_told(f"{_said(seen, answers)}; whether the gateway gets there, it must say") if answers else None


def _crl_out_of_date(seen: Seen) -> Verdict | None:
    lists = _parts(seen, CRLS)
    bad = [each for each in lists if not each.held]
    if bad:
        return found(_said(seen, bad))
    return not_told(f"{_said(seen, lists)}; whether others can fetch them, they must say") if lists else None


def _service_down(seen: Seen) -> Verdict | None:
    services = [each for each in seen.evidence if each.part.startswith(SERVICE)]
    down = [each for each in services if not each.held]
    if not _parts(seen, RADIUS):
        return None
    return found(_said(seen, down)) if down else ruled_out(f"on {seen.host}, all {len(services)} services run")


def _name_not_public(seen: Seen) -> Verdict | None:
    names = _parts(seen, (PUBLIC_NAME,))
    if not names:
        return None
    if not names[0].held:
        return found(_said(seen, names))
    return not_told(f"{_said(seen, names)}; ask again where the client is")


def _gateway_certificate_expired(seen: Seen) -> Verdict | None:
    return _in_time(seen, seen.gateway)


def _gateway_certificate_revoked(seen: Seen) -> Verdict | None:
    shown = seen.gateway
    if shown is None or shown.is_revoked is None:
        return None
    word = "is" if shown.is_revoked else "is not"
    return (found if shown.is_revoked else ruled_out)(f"on {seen.host}, the certificate {word} revoked, by the records")


def _gateway_name_not_in_certificate(seen: Seen) -> Verdict | None:
    if seen.gateway is None or seen.public_name is None:
        return None
    held = seen.public_name in seen.gateway.names
    names = ", ".join(seen.gateway.names) or "no name"
    return (ruled_out if held else found)(
        f"on {seen.host}, the certificate carries {names}; clients connect to {seen.public_name}"
    )


def _gateway_usage_missing(seen: Seen) -> Verdict | None:
    if seen.gateway is None:
        return None
    held = seen.gateway.is_for_servers
    what = f"on {seen.host}, the certificate is {'' if held else 'not '}for server authentication"
    return (ruled_out if held else found)(what)


def _radius_certificate_expired(seen: Seen) -> Verdict | None:
    shown = seen.radius
    if shown is not None and not shown.is_for_servers:
        return found(f"on {seen.host}, the certificate is not for server authentication")
    return _in_time(seen, shown)


def _in_time(seen: Seen, shown: Shown | None) -> Verdict | None:
    if shown is None:
        return None
    held = shown.not_before <= seen.at <= shown.not_after
    validity = f"{_moment(shown.not_before)} to {_moment(shown.not_after)}"
    return (ruled_out if held else found)(
        f"on {seen.host}, the certificate is valid {validity}, and it is {_moment(seen.at)}"
    )


def _parts(seen: Seen, names: Iterable[str]) -> list[Evidence]:
    wanted = set(names)
    return [each for each in seen.evidence if each.part in wanted]


def _said(seen: Seen, evidence: Iterable[Evidence]) -> str:
    return f"on {seen.host}, {'; '.join(map(str, evidence))}"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%MZ")


Check = Callable[[Seen], Verdict | None]

# By the causes' ids.
CHECKS: Mapping[str, Check] = {
    "gateway-shut": _by(LATCH),
    "gateway-not-loaded": _by(CONNECTIONS),
    "firewall-altered": _by(TABLE),
    "group-missing": _by(DIRECTORY),
    "radius-silent": _radius_silent,
    "crl-out-of-date": _crl_out_of_date,
    "service-down": _service_down,
    "name-not-public": _name_not_public,
    "gateway-certificate-expired": _gateway_certificate_expired,
    "gateway-certificate-revoked": _gateway_certificate_revoked,
    "gateway-name-not-in-certificate": _gateway_name_not_in_certificate,
    "gateway-usage-missing": _gateway_usage_missing,
    "radius-certificate-expired": _radius_certificate_expired,
}
