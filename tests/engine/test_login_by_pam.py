"""Where logind is not: PAM signs a person in, as the howto says, word for word."""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.engine.booted import SYSTEMD, Booted, switched_on
from tests.engine.eap.certificates import Authority
from tests.engine.eap.laptop import KEYS, user_profile
from tests.engine.eap.world import ALICE
from tests.engine.people import People, eventually

from evertunnel import documents
from evertunnel.pki.templates import TemplateName

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not SYSTEMD.exists(), reason=f"needs {SYSTEMD}"),
]

EVERTUNNEL = str(Path(sys.executable).parent / "evertunnel")
HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "sign-in-at-login.md"
SCRIPT = "/etc/evertunnel-login"  # the host's /usr is the machine's


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """A laptop without logind, on which Alice can sign in; no agent runs on it."""
    place = tmp_path_factory.mktemp("pam")
    authority = Authority(directory=place / "authority")
    held, directory = authority.leaf("alice", TemplateName.USER, ALICE), f"{KEYS}/users/{ALICE}"
    with switched_on("laptop1", place / "disk", "true\n") as made:
        made.does("mkdir", "-p", directory)
        made.write(f"{directory}/user.key", held.key_file.read_text())
        made.write(f"{directory}/profile.json", documents.to_json(user_profile(authority, ALICE, held)))
        People(made).come("alice", "bob")
        install_hook(made)
        yield made


def test_login_signs_in_and_logout_signs_out(host: Booted) -> None:
    people = People(host)

    people.log_in("alice", "console1")
    assert signed_in(host) == ALICE
    people.log_out("console1")

    assert eventually(lambda: signed_in(host) == "")


def test_others_log_in_as_ever_and_change_nothing(host: Booted) -> None:
    people = People(host)
    people.log_in("alice", "console1")

    people.log_in("bob", "console2")
    people.log_out("console2")

    assert signed_in(host) == ALICE
    people.log_out("console1")
    assert eventually(lambda: signed_in(host) == "")


def test_sign_in_that_fails_keeps_nobody_from_logging_in(host: Booted) -> None:
    people, key = People(host), f"{KEYS}/users/{ALICE}/user.key"
    host.does("mv", key, "/var/key")
    try:
        people.log_in("alice", "console1")
        assert signed_in(host) == ""
        people.log_out("console1")
    finally:
        host.does("mv", "/var/key", key)


def test_command_for_log_ins_says_that_logind_is_missing(host: Booted) -> None:
    done = host.run(EVERTUNNEL, "client", "at-login", ALICE, "--account", "alice")

    assert done.returncode == 1
    assert "systemd-logind does not run on this device" in done.stderr
    assert "PAM" in done.stderr
    assert host.does("find", "/etc/systemd/system", "-name", "*evertunnel*") == ""


def install_hook(host: Booted) -> None:
    """The howto's line and script, with this host's paths."""
    text = HOWTO.read_text()
    (line,) = re.findall(r"^ +(session optional pam_exec\.so .*)$", text, flags=re.MULTILINE)
    (block,) = re.findall(r"(?:^    .*\n)*^    #!/bin/sh\n(?:^    .*\n)*", text, flags=re.MULTILINE)
    script = block.replace("\n    ", "\n").removeprefix("    ").replace("/usr/bin/evertunnel", EVERTUNNEL)
    host.write(SCRIPT, script)
    host.does("chmod", "755", SCRIPT)
    host.does("sh", "-c", "cat >> /etc/pam.d/login", stdin=line.replace("/usr/local/sbin/evertunnel-login", SCRIPT))


def signed_in(host: Booted) -> str:
    text = host.run("cat", "/run/evertunnel/client/signed-in.json").stdout
    return str(json.loads(text)["user"]) if text else ""
