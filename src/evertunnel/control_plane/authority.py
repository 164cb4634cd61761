"""The certification authority's beginning on this host, and the renewal of its root's CRL.

`create` also makes the store, because who may have which certificate is on record there.
"""

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel.control_plane import world
from evertunnel.drivers.host.users import Accounts
from evertunnel.errors import NotFound, Refused
from evertunnel.pki import authority, custody
from evertunnel.pki.render import authority_settings
from evertunnel.plan.model import Plan
from evertunnel.store.migrate import migrate
from evertunnel.values import Secret

PLACES = custody.Places()


def create(plan: Plan, *, root_key: Path, passphrase: Secret) -> None:
    """Makes root and issuing authority; the root's encrypted key goes to `root_key` and is kept nowhere else."""
    require_none(root_key)
    require_strong(passphrase)
    new = authority.create(authority_settings(plan), authority.generate_keys(), world.now())
    # First, because an authority whose root's key was never written down could not be used for long.
    _write_new(root_key, authority.export_key(new.root_key, passphrase))
    custody.install(new, PLACES, Accounts())
    migrate(world.STORE)


def require_none(root_key: Path, places: custody.Places = PLACES) -> None:
    """Refuses where an authority is, or a file that would be the root's key."""
    if (places.keys / "issuing.key").exists():
        raise Refused("this host has an authority already; to start anew, and lock every device out: remove --purge")
    if root_key.exists() or root_key.is_symlink():
        raise _taken(root_key)
    if not root_key.parent.is_dir():
        raise NotFound(f"{root_key.parent} is no directory; name a place that is there for the root's key")


def require_strong(passphrase: Secret) -> None:
    """Refuses a passphrase that the root's key must not have."""
    if len(passphrase.reveal()) < authority.SHORTEST_PASSPHRASE:
        raise Refused(f"The passphrase is too short. Use at least {authority.SHORTEST_PASSPHRASE} characters.")


def renew_root_crl(*, root_key: Path, passphrase: Secret) -> None:
    """Signs the root's CRL anew, with the root's key brought back for the moment."""
    root, _ = custody.authorities(PLACES)
    before = custody.published_crl(PLACES.published, "root")
    if before is None or before.next_update_utc is None:
        raise NotFound(f"{PLACES.published / 'root.crl'} is not there or cannot be read; restore it from a backup")
    crl = authority.renew_root_crl(
        authority.import_key(_read(root_key), passphrase),
        root,
        revoked=(),
        number=before.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1,
        days=(before.next_update_utc - before.last_update_utc).days,
        now=world.now(),
    )
    custody.publish(PLACES.published, "root.crl", crl.public_bytes(Encoding.DER))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound(f"{path}: {error.strerror}. Bring the root's key back for the moment.") from None


def _write_new(path: Path, data: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}. Name a file that can be written.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _taken(path: Path) -> Refused:
    return Refused(f"{path} exists. Name a file that does not, so that no key is lost.")
