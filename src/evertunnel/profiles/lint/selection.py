"""Which of the user's certificates EAP-TLS shows: the filters by issuer and by usage."""

from collections.abc import Iterator

from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import ROOT, Subject, nth
from evertunnel.profiles.vpnv2.eap import EapTls, EkuFilter, Filtering

CONDITIONAL_ACCESS = "1.3.6.1.4.1.311.87"
FILTERING = "TLSExtensions/FilteringInfo"
LISTS = ("ClientAuthEKUList", "AnyPurposeEKUList")


@rule("AU040", Severity.NOTE, Class.TRAP)
def one_certificate_is_meant(subject: Subject) -> Iterator[Found]:
    """EAP-TLS says which certificate it shows.

    Where a user has several for client authentication, and there is no filter, Windows takes one by its own rules.
    Other certificates come sooner or later: for Wi-Fi, from Entra ID, from an app.
    """
    for path, method in _tls(subject):
        store = method.source.store if method.source else None
        if store is not None and store.simple is not False and not _is_filtered(_filtering(method)):
            yield Found(
                path,
                "with several certificates for client authentication Windows takes one by its own rules",
                "Add a filter by issuer (CAHashList) or by usage (EKUMapping and ClientAuthEKUList).",
            )


@rule("AU041", Severity.NOTE, Class.TRAP)
def certificate_is_not_asked_for(subject: Subject) -> Iterator[Found]:
    """Nobody is asked for a certificate.

    With SimpleCertSelection false the user picks where several would do, and an always on tunnel waits.
    """
    for path, method in _tls(subject):
        store = method.source.store if method.source else None
        if store is not None and store.simple is False:
            yield Found(
                f"{path}/CredentialsSource/CertificateStore/SimpleCertSelection",
                "the user is asked where several certificates would do",
                "Write true, and add a filter.",
            )


@rule("AU042", Severity.ERROR, Class.VALUE)
def usages_have_name_and_number(subject: Subject) -> Iterator[Found]:
    """An EKUMap has a name and an OID.

    The lists below refer to it by its name.
    """
    for path, method in _tls(subject):
        filtering = _filtering(method)
        for index, each in enumerate(filtering.mapping.maps if filtering.mapping else ()):
            below = nth(f"{path}/{FILTERING}/EKUMapping/EKUMap", index)
            for name, value in (("EKUName", each.name), ("EKUOID", each.oid)):
                if value is None and not subject.is_told(f"{below}/{name}"):
                    yield Found(below, f"it has no {name}", f"Add {name}.")


@rule("AU043", Severity.WARNING, Class.CONTRADICTION)
def usages_are_mapped(subject: Subject) -> Iterator[Found]:
    """A usage in a list stands in EKUMapping.

    A name that is not mapped to an OID matches no certificate.
    """
    for path, method in _tls(subject):
        filtering = _filtering(method)
        known = set(_mapped(filtering))
        for name, each in _lists(filtering):
            missing = [str(one) for one in _names(each) if one not in known]
            if missing:
                yield Found(
                    f"{path}/{FILTERING}/{name}",
                    f"EKUMapping does not say what {', '.join(missing)} is",
                    "Add an EKUMap with EKUName and EKUOID.",
                )


@rule("AU044", Severity.WARNING, Class.CONTRADICTION)
def issuer_filter_names_issuers(subject: Subject) -> Iterator[Found]:
    """A filter by issuer names issuers.

    CAHashList without IssuerHash filters nothing, or everything.
    """
    for path, method in _tls(subject):
        issuers = _filtering(method).issuers
        below = f"{path}/{FILTERING}/CAHashList"
        if (
            issuers is not None
            and issuers.enabled
            and not issuers.hashes
            and not subject.is_told(f"{below}/IssuerHash")
        ):
            yield Found(below, "it is switched on and names no issuer", "Add IssuerHash with a thumbprint.")


@rule("AU045", Severity.WARNING, Class.TRAP)
def compliance_shows_its_certificate(subject: Subject) -> Iterator[Found]:
    """Conditional access filters for its own certificate.

    Without a filter for the usage 1.3.6.1.4.1.311.87 Windows may show another certificate, and the user is told
    that they cannot get there from here, again and again.
    """
    for path, method in _tls(subject):
        is_filtered = any(_names(each) for _, each in _lists(_filtering(method)))
        if _is_conditional(subject) and not is_filtered:
            yield Found(
                path,
                "conditional access is on, and nothing keeps Windows from showing another certificate",
                f"Add an EKUMap for {CONDITIONAL_ACCESS} and name it in ClientAuthEKUList.",
            )


@rule("AU046", Severity.WARNING, Class.CONTRADICTION)
def filter_lets_compliance_pass(subject: Subject) -> Iterator[Found]:
    """A filter by usage lets conditional access' certificate pass.

    Its usage is 1.3.6.1.4.1.311.87. A filter for another one hides it.
    """
    if not _is_conditional(subject):
        return
    for path, method in _tls(subject):
        mapped = _mapped(_filtering(method))
        for name, each in _lists(_filtering(method)):
            numbers = {mapped.get(one) for one in _names(each)}
            if numbers and CONDITIONAL_ACCESS not in numbers:
                yield Found(
                    f"{path}/{FILTERING}/{name}",
                    "it hides the certificate that conditional access gives",
                    f"Add the usage {CONDITIONAL_ACCESS}, or delete DeviceCompliance.",
                )


@rule("AU047", Severity.WARNING, Class.CONTRADICTION)
def single_sign_on_belongs_to_compliance(subject: Subject) -> Iterator[Found]:
    """Sso belongs to conditional access.

    It names the certificate for Kerberos because the one of conditional access is not good for it. Without
    DeviceCompliance it does nothing.
    """
    compliance = subject.profile.compliance
    if compliance is not None and compliance.sso is not None and compliance.sso.enabled and compliance.enabled is False:
        yield Found(
            f"{ROOT}/DeviceCompliance/Sso",
            "DeviceCompliance is off, so it does nothing",
            "Delete it, or switch both on.",
        )


def _tls(subject: Subject) -> Iterator[tuple[str, EapTls]]:
    return ((path, method) for path, method in subject.layers() if isinstance(method, EapTls))


def _filtering(method: EapTls) -> Filtering:
    return (method.extensions.filtering if method.extensions else None) or Filtering()


def _lists(filtering: Filtering) -> Iterator[tuple[str, EkuFilter]]:
    for name, each in zip(LISTS, (filtering.client_auth, filtering.any_purpose), strict=True):
        if each is not None and each.enabled:
            yield name, each


def _names(each: EkuFilter) -> tuple[str, ...]:
    return tuple(name for one in each.ekus for name in one.names)


def _mapped(filtering: Filtering) -> dict[str, str | None]:
    maps = filtering.mapping.maps if filtering.mapping else ()
    return {str(each.name): each.oid for each in maps if each.name is not None}


def _is_filtered(filtering: Filtering) -> bool:
    is_by_issuer = filtering.issuers is not None and bool(filtering.issuers.enabled)
    return is_by_issuer or any(True for _ in _lists(filtering))


def _is_conditional(subject: Subject) -> bool:
    return subject.profile.compliance is not None and subject.profile.compliance.enabled is True


RULES = (
    one_certificate_is_meant,
    certificate_is_not_asked_for,
    usages_have_name_and_number,
    usages_are_mapped,
    issuer_filter_names_issuers,
    compliance_shows_its_certificate,
    filter_lets_compliance_pass,
    single_sign_on_belongs_to_compliance,
)
