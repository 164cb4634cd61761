import pytest

from evertunnel.values import Fqdn, GroupName, HostName, ObjectId, Secret, Serial, Sid, UserName, principal_name


@pytest.mark.parametrize("text", ["vpn.contoso.com", "a.b", "x" * 63 + ".com", "1.example", "xn--bcher-kva.example"])
def test_full_dns_names_are_taken_as_they_are(text: str) -> None:
    assert Fqdn(text) == text


def test_dns_names_are_lower_case_without_the_trailing_dot() -> None:
    assert Fqdn("VPN.Contoso.COM.") == "vpn.contoso.com"


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "vpn", "vpn..com", "-a.com", "a-.com", "a_b.com", "x" * 64 + ".com", "vpn.com..", "10.0.0.1"),
        *("ü.com", "vpn.com\n", " vpn.com", ".".join(["x" * 60] * 5)),
    ],
)
def test_other_text_is_no_full_dns_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not a full DNS name; write it like"):
        Fqdn(text)


def test_a_name_is_within_its_zone_and_not_within_one_that_ends_alike() -> None:
    zone = Fqdn("contoso.com")

    assert Fqdn("vpn.contoso.com").is_within(zone)
    assert zone.is_within(zone)
    assert not Fqdn("vpn.notcontoso.com").is_within(zone)


def test_host_names_are_one_label_in_lower_case() -> None:
    assert HostName("Gateway1") == "gateway1"


@pytest.mark.parametrize("text", ["", "a_", "a.b", "-a", "a" * 64, "a\n"])
def test_other_text_is_no_host_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not a host name; use letters"):
        HostName(text)


@pytest.mark.parametrize("kelvin", ["\u212aate", "\u212aate.contoso.com", "\u212aate@contoso.com"])
def test_a_letter_whose_lower_case_is_ascii_makes_no_other_name(kelvin: str) -> None:
    for kind in (HostName, Fqdn, UserName):
        with pytest.raises(ValueError, match="is not a"):
            kind(kelvin)


def test_user_names_are_lower_case_and_know_what_stands_before_the_at() -> None:
    name = UserName("Alice.Adams@Corp.Contoso.COM")

    assert (name, name.mailbox) == ("alice.adams@corp.contoso.com", "alice.adams")


@pytest.mark.parametrize("mailbox", ["a", "a.b-c_d", "_svc", "0", "x" * 64])
def test_user_names_are_taken(mailbox: str) -> None:
    assert UserName(f"{mailbox}@contoso.com").mailbox == mailbox


@pytest.mark.parametrize(
    "mailbox",
    [
        *("", ".a", "a.", "a..b", "-a", "a b", "a@b", "a/b", "a\\b", "a%b", "a{b", "a$b", "a`b", "a'b", 'a"b', "a*"),
        *("a,b", "a=b", "a+b", "a\0", "a\n", "ä", "x" * 65),
    ],
)
def test_what_means_something_to_certificates_radius_shells_or_paths_is_in_no_user_name(mailbox: str) -> None:
    with pytest.raises(ValueError, match="is not a user name"):
        UserName(f"{mailbox}@contoso.com")


@pytest.mark.parametrize("text", ["alice", "alice@", "alice@contoso", "alice@10.0.0.1", "alice@contoso.com\n", "@"])
def test_a_user_name_ends_in_a_full_dns_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not a user name"):
        UserName(text)


def test_a_user_name_that_radius_cannot_carry_is_none() -> None:
    domain = ".".join(["x" * 60] * 4)

    with pytest.raises(ValueError, match="RADIUS carries 253"):
        UserName(f"alice.adams@{domain}")
    assert UserName(f"alice@{domain}")


def test_sids_of_accounts_are_taken() -> None:
    assert Sid("s-1-5-21-4294967295-0-3-1104") == "S-1-5-21-4294967295-0-3-1104"
    assert Sid("S-1-12-1-1-2-3-4")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "S-1-5-18",
        "S-1-5-32-544",
        "S-1-5-21-1-2-3",
        "S-1-5-21-1-2-3-4-5",
        "S-1-5-21-1-2-3-04",
        "S-1-5-21-1-2-3-4294967296",
    ],
)
def test_other_sids_are_no_accounts(text: str) -> None:
    with pytest.raises(ValueError, match="is not an account's SID"):
        Sid(text)


def test_a_principal_with_an_at_is_a_user() -> None:
    assert type(principal_name("Alice@contoso.com")) is UserName
    assert type(principal_name("Laptop1")) is HostName


def test_group_names_keep_their_case() -> None:
    assert GroupName("VPN Servers") == "VPN Servers"


@pytest.mark.parametrize("text", ["", " VPN", "VPN ", "a/b", "a,b", "a\nb", "a" * 65, "a\u202eb", "a\u2028b"])
def test_other_text_is_no_group_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not a group name; use up to 64"):
        GroupName(text)


@pytest.mark.parametrize("text", ["1.3.6.1.4.1.32473.1", "2.999.4294967295", "0.39", "1.0"])
def test_object_identifiers_are_taken(text: str) -> None:
    assert ObjectId(text) == text


@pytest.mark.parametrize("text", ["", "1", "3.1", "1.03", "1.40", "0.40.1", "2.25.4294967296", "1.2.", "1..2", "1.2\n"])
def test_other_text_is_no_object_identifier(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S+; \S+|is not an object identifier"):
        ObjectId(text)


@pytest.mark.parametrize("number", ["4294967296", "99999999999", "1" * 5000])
def test_numbers_too_large_for_an_object_identifier_are_told_with_their_limit(number: str) -> None:
    with pytest.raises(ValueError, match=r"has a number of 2\^32 or more.*; keep each number below 4294967296"):
        ObjectId(f"1.3.6.1.4.1.{number}")


def test_serials_are_lower_case_hexadecimal_without_leading_zeros() -> None:
    assert Serial("005F3A9C") == "5f3a9c"
    assert Serial.of(0x5F3A9C) == "5f3a9c"
    assert Serial("5f3a9c").number == 0x5F3A9C


@pytest.mark.parametrize("text", ["", "0", "xyz", "f" * 41, "-1", "5f 3a"])
def test_other_text_is_no_serial(text: str) -> None:
    with pytest.raises(ValueError, match="is not a serial number"):
        Serial(text)


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("hunter2")

    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {secret:}"
    assert secret.reveal() == "hunter2"


def test_a_secret_matches_itself_alone() -> None:
    secret = Secret("hunter2")

    assert secret.matches("hunter2")
    assert not secret.matches("hunter")
    assert not secret.matches("\udcff")


def test_generated_secrets_have_256_bits_and_differ() -> None:
    first, second = Secret.generate(), Secret.generate()

    assert len(first.reveal()) == 43
    assert first != second
