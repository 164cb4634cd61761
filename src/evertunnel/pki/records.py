"""Rows of certificates: what was issued and what was revoked. Every change writes its audit line with it."""

from dataclasses import dataclass

from sqlalchemy import Column, Connection, Float, RowMapping, Table, Text, func, insert, select, tuple_, update

from evertunnel.errors import NotFound, Refused
from evertunnel.pki import crl
from evertunnel.pki.crl import Reason, Revoked
from evertunnel.pki.requests import Issued
from evertunnel.pki.templates import TemplateName
from evertunnel.store import metadata, outbox
from evertunnel.store.audit import Act
from evertunnel.store.outbox import What
from evertunnel.values import PrincipalName, Serial, principal_name

certificate = Table(
    "certificate",
    metadata,
    Column("serial", Text, primary_key=True),
    Column("template", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("not_after", Float, nullable=False),
    Column("pem", Text, nullable=False),
    Column("issued", Float, nullable=False),
    Column("revoked", Float),
    Column("reason", Text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A certificate on record; `revoked` is when, or None."""

    serial: Serial
    template: TemplateName
    principal: PrincipalName
    subject: str
    not_before: float
    not_after: float
    pem: str
    issued: float
    revoked: float | None = None
    reason: Reason | None = None


def keep(connection: Connection, issued: Issued, act: Act) -> None:
    """Records a certificate; one that `journal.recover` recorded meanwhile is left as it is."""
    if find(connection, issued.serial) is not None:
        return
    columns = {
        name: getattr(issued, name) for name in ("serial", "subject", "not_before", "not_after", "pem", "issued")
    }
    connection.execute(
        insert(certificate).values(template=issued.template.value, principal=str(issued.principal), **columns)
    )
    act.record(connection, "issue certificate", issued.serial, f"{issued.template.value} for {issued.principal}")


def revoke(connection: Connection, serial: Serial, reason: str, act: Act) -> Row:
    """Revokes for good; the first revocation's time and reason stay. `reason` is a name of RFC 5280 5.3.1."""
    why = crl.reason_named(reason)
    found = get(connection, serial)
    if found.revoked is not None:
        raise Refused(f"{serial} is revoked already.")
    connection.execute(
        update(certificate).where(certificate.c.serial == serial).values(revoked=act.at, reason=why.value)
    )
    act.record(connection, "revoke certificate", serial, f"{why.value}: {found.template.value} of {found.principal}")
    outbox.put(connection, What.CERTIFICATE, serial, act.at)
    return get(connection, serial)


def get(connection: Connection, serial: Serial) -> Row:
    """The certificate of this serial."""
    found = find(connection, serial)
    if found is None:
        raise NotFound(f"There is no certificate {serial} on record.")
    return found


def find(connection: Connection, serial: Serial) -> Row | None:
    """The certificate of this serial, if it is on record."""
    row = connection.execute(select(certificate).where(certificate.c.serial == serial)).mappings().first()
    return None if row is None else _row(row)


def find_by_principal(connection: Connection, principal: PrincipalName) -> tuple[Row, ...]:
    """All certificates of one principal, oldest first."""
    chosen = (
        select(certificate)
        .where(certificate.c.principal == principal)
        .order_by(certificate.c.issued, certificate.c.serial)
    )
    return tuple(_row(row) for row in connection.execute(chosen).mappings())


def listed(
    connection: Connection, search: str = "", after: Serial | None = None, limit: int | None = None
) -> tuple[Row, ...]:
    """Certificates, newest first; `search` is the beginning of a principal's name, `after` the last that was seen."""
    order = tuple_(certificate.c.issued, certificate.c.serial)
    chosen = select(certificate).order_by(certificate.c.issued.desc(), certificate.c.serial.desc()).limit(limit)
    if search:
        chosen = chosen.where(certificate.c.principal.startswith(search.lower(), autoescape=True))
    if after is not None:
        last = get(connection, after)
        chosen = chosen.where(order < tuple_(last.issued, last.serial))
    return tuple(_row(row) for row in connection.execute(chosen).mappings())


def count(connection: Connection) -> int:
    """How many certificates are on record."""
    return int(connection.execute(select(func.count()).select_from(certificate)).scalar_one())


def revoked(connection: Connection, expired_after: float) -> tuple[Revoked, ...]:
    """What a CRL lists: the revoked certificates that had not expired by the given time."""
    columns = (certificate.c.serial, certificate.c.revoked, certificate.c.reason)
    chosen = select(*columns).where(certificate.c.revoked.is_not(None), certificate.c.not_after > expired_after)
    return tuple(
        Revoked(serial=Serial(row["serial"]), at=row["revoked"], reason=Reason(row["reason"]))
        for row in connection.execute(chosen.order_by(certificate.c.serial)).mappings()
    )


def _row(row: RowMapping) -> Row:
    values = {name: row[name] for name in ("subject", "not_before", "not_after", "pem", "issued", "revoked")}
    return Row(
        serial=Serial(row["serial"]),
        template=TemplateName(row["template"]),
        principal=principal_name(row["principal"]),
        reason=None if row["reason"] is None else Reason(row["reason"]),
        **values,
    )
