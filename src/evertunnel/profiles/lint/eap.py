"""The EAP block: does the client know its server, which certificate does it show, is a password sent."""

from collections.abc import Iterator
from dataclasses import dataclass

from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import Subject
from evertunnel.profiles.vpnv2.eap import (
    EapTls,
    EapTtls,
    MsChapV2,
    OtherEap,
    Peap,
    ServerValidation,
    TtlsServerValidation,
)
from evertunnel.profiles.vpnv2.values import Text, Thumbprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How one layer of TLS checks the server."""

    path: str
    settings: ServerValidation | TtlsServerValidation
    is_on: bool
    compares_name: bool | None
    roots_name: str

    @property
    def names(self) -> Text | None:
        """The names that the server may have."""
        return self.settings.server_names

    @property
    def roots(self) -> tuple[Thumbprint, ...]:
        """The authorities that may have certified it."""
        return self.settings.roots


@rule("AU020", Severity.WARNING, Class.WEAK)
def some_layer_knows_its_server(subject: Subject) -> Iterator[Found]:
    """The client checks the RADIUS server.

    With PerformServerValidation false everywhere it shows itself to whoever answers. With IKEv2 the gateway has
    shown its certificate before; nothing says that the RADIUS server behind is the right one.
    """
    checks = list(_checks(subject))
    if checks and not any(check.is_on for check in checks):
        yield Found(
            checks[0].path,
            "no layer checks the server's certificate",
            "Write PerformServerValidation true, with TrustedRootCA and ServerNames.",
        )


@rule("AU021", Severity.NOTE, Class.WEAK)
def each_layer_knows_its_server(subject: Subject) -> Iterator[Found]:
    """Each layer of TLS checks the RADIUS server.

    Where the outer one does not, the inner one still does; the name of the user is then told to whoever answers.
    """
    checks = list(_checks(subject))
    if not any(check.is_on for check in checks):
        return
    for check in checks:
        if not check.is_on:
            yield Found(
                check.path,
                "this layer does not check the server, another one does",
                "Write PerformServerValidation true.",
            )


@rule("AU022", Severity.WARNING, Class.WEAK)
def server_has_a_root(subject: Subject) -> Iterator[Found]:
    """The client knows which authority has certified the RADIUS server.

    Without TrustedRootCA any authority in the machine's store will do, public ones too.
    """
    for check in _checks(subject):
        if check.is_on and not check.roots and not subject.is_told(f"{check.path}/ServerValidation/{check.roots_name}"):
            yield Found(
                f"{check.path}/ServerValidation",
                "no root is named, so a server that any authority has certified is believed",
                f"Add {check.roots_name} with the thumbprint of the organisation's root.",
            )


@rule("AU023", Severity.NOTE, Class.WEAK)
def server_has_a_name(subject: Subject) -> Iterator[Found]:
    """The client knows the name of the RADIUS server.

    With a root alone, every server certificate that the organisation has issued will do. ServerNames holds the
    names as they stand in the certificates, separated by semicolons.
    """
    for check in _checks(subject):
        if check.is_on and check.roots and check.names is None:
            yield Found(
                f"{check.path}/ServerValidation/ServerNames",
                "no name is required of the server, so any server of the root is believed",
                "Write the name in the RADIUS server's certificate, and AcceptServerName true.",
            )


@rule("AU024", Severity.WARNING, Class.CONTRADICTION)
def names_are_compared(subject: Subject) -> Iterator[Found]:
    """ServerNames are compared.

    With AcceptServerName false, Windows does not look at them.
    """
    for check in _checks(subject):
        if check.is_on and check.names is not None and check.compares_name is False:
            yield Found(
                f"{check.path}/ServerValidation/ServerNames",
                "AcceptServerName is false, so the names are not compared",
                "Write AcceptServerName true.",
            )


@rule("AU025", Severity.WARNING, Class.TRAP)
def nobody_is_asked(subject: Subject) -> Iterator[Found]:
    """Nobody is asked whether a server is right.

    People say yes. And an always on tunnel waits for an answer while nobody looks.
    """
    for check in _checks(subject):
        if check.is_on and check.settings.no_prompt is False:
            name = "DisablePrompt" if isinstance(check.settings, TtlsServerValidation) else PROMPT
            yield Found(
                f"{check.path}/ServerValidation/{name}",
                "the user is asked whether an unknown server is right",
                "Write true.",
            )


@rule("AU026", Severity.NOTE, Class.WEAK)
def peap_binds_its_inside(subject: Subject) -> Iterator[Found]:
    """PEAP demands cryptographic binding.

    It proves that both ends of the inner method are the ends of the outer one. Microsoft's pages show both; true is
    the safe one, and NPS can do it.
    """
    for path, method in subject.layers():
        if isinstance(method, Peap) and not method.crypto_binding:
            yield Found(
                f"{path}/RequireCryptoBinding",
                "nothing binds the inner method to the outer one",
                "Write true if the RADIUS server can do it, as NPS can.",
            )


@rule("AU027", Severity.WARNING, Class.WEAK)
def no_password_inside(subject: Subject) -> Iterator[Found]:
    """A password inside of EAP is weak.

    It is as good as the check of the server in front of it, and can be guessed, phished and shared. Prefer EAP-TLS.
    """
    for path, method in subject.layers():
        if isinstance(method, MsChapV2) or (isinstance(method, EapTtls) and _has_password(method)):
            yield Found(path, "the user is authenticated by a password", "Use EAP-TLS with a certificate.")


@rule("AU028", Severity.WARNING, Class.WEAK)
def inner_method_is_demanded(subject: Subject) -> Iterator[Found]:
    """PEAP demands its inner method.

    With InnerEapOptional true the outer one alone may do.
    """
    for path, method in subject.layers():
        if isinstance(method, Peap) and method.inner_optional:
            yield Found(f"{path}/InnerEapOptional", "the user may be let in without the inner method", "Write false.")


@rule("AU029", Severity.ERROR, Class.CONTRADICTION)
def peap_has_an_inside(subject: Subject) -> Iterator[Found]:
    """PEAP has an inner method.

    By itself it authenticates the server alone.
    """
    for path, method in subject.layers():
        if isinstance(method, Peap) and method.inner is None and not subject.is_told(f"{path}/Eap"):
            yield Found(path, "PEAP has no inner method, so nobody authenticates", "Add an Eap with EAP-TLS.")


@rule("AU030", Severity.NOTE, Class.TRAP)
def method_is_known_here(subject: Subject) -> Iterator[Found]:
    """EAP methods that are not known here are not looked into.

    Their settings are kept as they are, and nothing is said about them.
    """
    for path, method in subject.layers():
        if isinstance(method, OtherEap):
            yield Found(path, f"EAP method {method.number} is not looked into", "Check it by hand.")


def _checks(subject: Subject) -> Iterator[Check]:
    for path, method in subject.layers():
        match method:
            case EapTls():
                yield _check(path, method.server, on=method.validate_server, compares=method.check_server_name)
            case Peap():
                more = method.extensions
                on, compares = (more.validate_server, more.check_server_name) if more else (None, None)
                yield _check(path, method.server, on=on, compares=compares)
            case EapTtls():
                yield _check(path, method.server, on=None, compares=None)


def _check(
    path: str, server: ServerValidation | TtlsServerValidation | None, *, on: bool | None, compares: bool | None
) -> Check:
    # PerformServerValidation came later; without it, an element ServerValidation means that the server is checked.
    return Check(
        path=path,
        settings=server or ServerValidation(),
        is_on=server is not None and on is not False,
        compares_name=compares,
        roots_name="TrustedRootCAHash" if isinstance(server, TtlsServerValidation) else "TrustedRootCA",
    )


def _has_password(method: EapTtls) -> bool:
    inside = method.inside
    return inside is not None and any((inside.pap, inside.chap, inside.mschap, inside.mschapv2))


PROMPT = "DisableUserPromptForServerValidation"
RULES = (
    some_layer_knows_its_server,
    each_layer_knows_its_server,
    server_has_a_root,
    server_has_a_name,
    names_are_compared,
    nobody_is_asked,
    peap_binds_its_inside,
    no_password_inside,
    inner_method_is_demanded,
    peap_has_an_inside,
    method_is_known_here,
)
