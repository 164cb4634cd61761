"""`user` and `group` as they are typed."""

import json
import re
from collections.abc import Iterator

import pytest
from cryptography import x509
from tests.engine.command_line.machine import CONTOSO, PLAN, Machine, request

pytestmark = pytest.mark.engine

ALICE, BOB = "alice@corp.contoso.com", "bob@corp.contoso.com"
SID = "S-1-5-21-1-2-3-1104"
CSV = "/var/tmp/people.csv"


@pytest.fixture(scope="module")
def people(core: Machine) -> Iterator[Machine]:
    core.types("group", "add", "Sales", "Nested", status=0)
    core.types("group", "add-member", "VPN Users", "--group", "Sales", status=0)
    core.types("user", "add", ALICE, "--display", "Alice Adams", "--sid", SID, "--group", "Sales", status=0)
    yield core
    found = json.loads(core.types("user", "list", "--json", status=0).stdout)
    core.types("user", "remove", *(each["name"] for each in found), status=0)
    core.types("group", "remove", "Sales", "Nested", status=0)


def names(core: Machine, *words: str) -> list[str]:
    return [each["name"] for each in json.loads(core.types("user", "list", "--json", *words, status=0).stdout)]


def test_a_user_is_added_found_changed_and_shown(people: Machine) -> None:
    assert people.types("user", "add", BOB.upper(), status=0).stdout == f"added {BOB}\n"
    assert people.types("user", "set-address", BOB, "10.99.1.20", status=0).stdout == f"address of {BOB}: 10.99.1.20\n"
    assert people.types("user", "set-display", BOB, "Bob Adler", status=0).stdout == f"display of {BOB}: Bob Adler\n"
    assert people.types("user", "disable", BOB, status=0).stdout == f"disabled {BOB}\n"

    assert names(people, "--search", "ad") == [ALICE, BOB]
    assert names(people, "--search", "adl bob") == [BOB]
    assert names(people, "--group", "VPN Users") == [ALICE]
    assert names(people, "--after", ALICE) == [BOB]
    first = people.types("user", "list", "--limit", "1", status=0).stdout
    assert first.endswith(f"more follow: add --after {ALICE}\n")
    assert people.types("user", "list", "--search", "zzz", status=0).stdout == "no such user\n"
    shown = people.types("user", "show", ALICE, status=0).stdout
    assert re.search(r"^through them +VPN Users$", shown, re.MULTILINE)
    assert re.search(rf"^sid +{SID}$", shown, re.MULTILINE)
    row = json.loads(people.types("user", "show", BOB, "--json", status=0).stdout)["row"]
    assert (row["address"], row["enabled"]) == ("10.99.1.20", False)
    assert people.types("user", "enable", BOB, status=0).stdout == f"enabled {BOB}\n"
    assert people.types("user", "set-address", BOB, "none", status=0).stdout == f"address of {BOB}: none\n"
    assert people.types("user", "remove", BOB, status=0).stdout == f"removed {BOB}\n"


def test_groups_are_nested_listed_and_never_inside_themselves(people: Machine) -> None:
    people.types("device", "add", "h1", status=0)

    said = people.types("group", "add-member", "Sales", "h1", "--group", "Nested", status=0).stdout

    assert said == "put h1, Nested into Sales\n"
    assert people.types("group", "members", "VPN Users", status=0).stdout == "group     Sales\n"
    members = people.types("group", "members", "VPN Users", "--nested", status=0).stdout
    assert members == f"group     Nested\ngroup     Sales\nuser      {ALICE}\ncomputer  h1\n"
    inside = people.fails("group", "add-member", "Nested", "--group", "VPN Users", status=1)
    assert "VPN Users cannot be put into Nested: Nested would then be inside itself" in inside
    assert "Nested                                Sales\n" in people.types("group", "list", "--search", "N").stdout
    assert people.types("group", "remove-member", "Sales", "h1", status=0).stdout == "took h1 out of Sales\n"
    people.types("device", "remove", "h1", status=0)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (f"user add {BOB} {ALICE}", 1, f"{ALICE} is in the directory already"),
        (f"user add {BOB} --sid {SID}", 1, f"{SID} is the SID of {ALICE}"),
        (f"user add {BOB} c@corp.contoso.com --sid {SID}", 1, "--sid: of one user only"),
        (f"user add {BOB} --group Nobody", 2, "There is no group Nobody"),
        ("user add bob", 2, "'bob' is not a user name"),
        (f"user disable {ALICE} {BOB}", 2, f"{BOB} is not in the directory"),
        (f"user set-address {ALICE} 127.0.0.1", 2, "127.0.0.1 is no address of a host"),
        (f"user show {BOB}", 2, f"{BOB} is not in the directory"),
        ("user list --group Nobody", 2, "There is no group Nobody"),
        ("user list --limit 0", 2, "'0' is not a number of rows"),
        ("user import /var/tmp/none.csv", 2, "No such file"),
        ("user import /var/tmp", 2, "Is a directory"),
        ("group add Sales", 1, "The group Sales is in the directory already"),
        ("group remove Nobody", 2, "There is no group Nobody"),
        ("group add-member Sales", 2, "no member is named"),
        (f"group add-member Sales {ALICE}", 1, f"{ALICE} is in Sales already"),
        (f"group remove-member Nested {ALICE}", 2, f"{ALICE} is not directly in Nested"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_changed(people: Machine, words: str, status: int, said: str) -> None:
    before = names(people)

    assert said in people.fails(*words.split(), status=status)

    assert names(people) == before == [ALICE]
    assert json.loads(people.types("user", "show", ALICE, "--json", status=0).stdout)["row"]["enabled"]


def test_people_are_imported_all_or_none(people: Machine) -> None:
    lines = [
        "name,display,groups",
        f"{BOB},Bob,VPN Users;Nested",
        "carol@corp.contoso.com,Carol,Nobody",
        "x,,",
        f"{ALICE},,",
    ]
    people.host.write(CSV, "\n".join(lines))

    first, second, third = people.fails("user", "import", CSV, status=2).splitlines()
    assert first.startswith(f"{CSV}: line 3: there is no group Nobody in the directory. Add the group first")
    assert second.startswith(f"{CSV}: line 4: 'x' is not a user")
    assert third.startswith(f"{CSV}: line 5: {ALICE} is in the directory already")
    assert names(people) == [ALICE]

    people.host.write(CSV, "\n".join(lines[:2]))
    assert people.types("user", "import", CSV, status=0).stdout == "added 1 users\n"
    assert names(people, "--group", "Nested") == [BOB]
    people.types("user", "remove", BOB, status=0)


@pytest.mark.parametrize("template", ["user", "mail"])
def test_a_user_is_enrolled_by_the_signer(people: Machine, template: str) -> None:
    csr = request(people, "/var/tmp/alice.csr", ALICE)
    words = ("user", "enrol", ALICE, "--request", csr, "--out", "/var/tmp/alice.crt", "--template", template)

    people.types("user", "disable", ALICE, status=0)
    assert f"{ALICE} is disabled in the directory" in people.fails(*words, status=1)
    people.types("user", "enable", ALICE, status=0)
    said = people.types(*words, status=0).stdout

    assert said == f"wrote /var/tmp/alice.crt: carry it to {ALICE}, where the key is\n"
    own, issuing = x509.load_pem_x509_certificates(people.host.read("/var/tmp/alice.crt").encode())
    own.verify_directly_issued_by(issuing)
    serial = f"{own.serial_number:x}"
    assert serial in people.types("user", "show", ALICE, status=0).stdout
    row = json.loads(people.types("certificate", "show", serial, "--json", status=0).stdout)
    assert (row["principal"], row["template"]) == (ALICE, template)
    people.types("group", "remove-member", "Sales", ALICE, status=0)
    assert f"{ALICE} is not in VPN Users" in people.fails(*words, status=1)
    people.types("group", "add-member", "Sales", ALICE, status=0)


def test_a_user_gets_a_profile_and_signs_in_with_it(people: Machine) -> None:
    csr = people.types("client", "request-user", ALICE, status=0).stdout
    people.host.write("/var/tmp/alice.csr", csr)
    words = (PLAN, ALICE, "--request", "/var/tmp/alice.csr", "--out", "/var/tmp/alice.profile")

    said = people.types("user", "enrol", *words, status=0).stdout

    assert said.endswith(f"there: sudo evertunnel client sign-in {ALICE} --profile alice.profile\n")
    text = people.host.read("/var/tmp/alice.profile")
    profile = json.loads(text)
    assert (profile["user"], profile["aaa_name"]) == (ALICE, "core1.corp.contoso.com")
    assert (profile["routes"], profile["pools"]) == (["10.0.0.30/32"], ["10.98.0.0/24", "10.99.0.0/24"])
    assert "PRIVATE KEY" not in text
    # No agent is on this host.
    said = people.types("client", "sign-in", ALICE, "--profile", "/var/tmp/alice.profile", status=1).stdout
    assert said.startswith(f"{ALICE} is signed in; the user tunnel comes up once the agent answers")
    assert people.host.run(["find", "/var/lib/evertunnel/client", "-perm", "/077"]).stdout == ""
    assert "is signed in on this device" in people.fails("client", "sign-in", BOB, status=1)
    assert "the agent does not answer" in people.types("client", "sign-out", status=1).stdout
    assert "has no profile on this device" in people.fails("client", "sign-in", BOB, status=2)
    people.host.run(["rm", "-r", "/var/lib/evertunnel/client"])


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((PLAN, ALICE, "--template", "mail"), 1, "a mail certificate connects nobody"),
        (("/var/tmp/none.toml", ALICE), 2, "No such file"),
        (("/var/tmp/devices.toml", ALICE), 1, "this plan has no user tunnel"),
        ((PLAN, "dave@corp.contoso.com"), 1, "dave@corp.contoso.com is not in the directory"),
        ((PLAN,), 2, "not a user name"),
    ],
)
def test_what_cannot_be_enrolled_gets_no_profile(
    people: Machine, words: tuple[str, ...], status: int, said: str
) -> None:
    csr = request(people, "/var/tmp/alice.csr", ALICE)
    people.host.write("/var/tmp/devices.toml", plan_of_devices())
    issued = people.finds("/var/lib/evertunnel/signer")

    words = ("user", "enrol", *words, "--request", csr, "--out", "/var/tmp/nobody.profile")
    assert said in people.fails(*words, status=status)

    assert people.finds("/var/lib/evertunnel/signer") == issued
    assert people.finds("/var/tmp/nobody.profile") == []


def plan_of_devices() -> str:
    """The example plan without its user tunnel and the policies for it."""
    before, _, after = CONTOSO.read_text().partition("[user_tunnel]")
    return f"{before}[limits]{after.partition('[limits]')[2]}"


def test_certificates_are_issued_for_users_by_name(people: Machine) -> None:
    csr = request(people, "/var/tmp/alice.csr", ALICE)

    for template, status, said in (
        ("user", 0, ""),
        ("device", 1, f"{ALICE} is not in VPN Devices"),
    ):
        done = people.types(
            "certificate", "issue", "--template", template, "--for", ALICE, "--request", csr, status=status
        )
        assert said in done.stderr
    people.host.run(["mkdir", "-p", "/var/tmp/requests"])
    people.host.run(["cp", csr, f"/var/tmp/requests/{ALICE}.csr"])
    done = people.types("certificate", "issue-all", "--template", "user", "/var/tmp/requests", status=0)
    assert done.stdout == f"wrote /var/tmp/requests/{ALICE}.crt\n1 issued, 0 refused\n"
