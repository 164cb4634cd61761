"""`ca` as it is typed."""

import pytest
from tests.engine.command_line.machine import PASSPHRASE_FILE, PLAN, ROOT_KEY, Machine

pytestmark = pytest.mark.engine


def test_a_second_authority_is_refused(core: Machine) -> None:
    before = core.finds("/var/lib/evertunnel/ca")

    said = core.fails(
        "ca", "create", PLAN, "--root-key", "/var/tmp/2.key", "--passphrase-file", PASSPHRASE_FILE, status=1
    )

    assert "has an authority already" in said
    assert core.finds("/var/lib/evertunnel/ca") == before
    assert core.finds("/var/tmp/2.key") == []


def test_the_roots_key_is_roots_alone_encrypted_and_nowhere_else(core: Machine) -> None:
    assert core.host.run(["stat", "-c", "%a %U", ROOT_KEY]).stdout == "600 root\n"
    assert core.host.read(ROOT_KEY).startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert holders(core, core.host.read(ROOT_KEY)) == [ROOT_KEY]
    # Decrypted it is in no file at all.
    assert (
        holders(core, core.host.run(["openssl", "pkey", "-in", ROOT_KEY, "-passin", f"file:{PASSPHRASE_FILE}"]).stdout)
        == []
    )


def holders(core: Machine, key: str) -> list[str]:
    """The files with the key's second line; the line goes in by standard input, because arguments are watched."""
    words = ("grep", "-rlF", "-f", "-", "/etc", "/var", "/tmp")
    return core.host.run(words, stdin=key.splitlines()[2], check=False).stdout.split()


@pytest.mark.parametrize(
    ("key", "passphrase", "status", "said"),
    [
        (PLAN, PASSPHRASE_FILE, 1, f"{PLAN} exists"),
        ("/nowhere/root.key", PASSPHRASE_FILE, 2, "/nowhere is no directory"),
        ("/var/tmp/new.key", "/var/tmp/short", 1, "The passphrase is too short. Use at least 12 characters."),
        ("/var/tmp/new.key", "/var/tmp/nothing", 2, "No such file"),
    ],
)
def test_create_refuses_before_it_makes_anything(
    bare: Machine, key: str, passphrase: str, status: int, said: str
) -> None:
    bare.host.write("/var/tmp/short", "short\n")
    before = bare.finds("/var/lib/evertunnel", "/var/tmp/new.key")

    words = ("ca", "create", PLAN, "--root-key", key, "--passphrase-file", passphrase)

    assert said in bare.fails(*words, status=status)
    assert bare.finds("/var/lib/evertunnel", "/var/tmp/new.key") == before


def test_create_without_a_terminal_asks_for_a_file(bare: Machine) -> None:
    said = bare.fails("ca", "create", PLAN, "--root-key", "/var/tmp/new.key", status=2)

    assert "--passphrase-file" in said


def test_the_roots_crl_is_renewed_with_its_key_and_the_right_passphrase_alone(core: Machine) -> None:
    renew = ("ca", "renew-root-crl", "--root-key", ROOT_KEY, "--passphrase-file")
    core.host.write("/var/tmp/guess", "not-the-passphrase\n")

    assert "does not open" in core.fails(*renew, "/var/tmp/guess", status=1)
    assert "new CRL of the root" in core.types(*renew, PASSPHRASE_FILE, status=0).stdout
    assert core.types("verify", status=0).returncode == 0
