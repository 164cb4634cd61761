import pytest

from evertunnel.errors import DocumentError, NotFound
from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.find import LARGEST, MOST, find


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("13801", ["ike:13801"]),
        ("0x35E9", ["ike:13801"]),
        ("0x800B0109", ["hresult:0x800B0109"]),
        ("-2146762487", ["hresult:0x800B0109"]),
        ("0x80070329", ["ras:809"]),
        ("reason 16", ["nps:16"]),
        ("Reason Code:\t\t\t48", ["nps:48"]),
        ("E=809", ["ras:809"]),
        ("error 13868", ["ike:13868"]),
        ("ERROR_IPSEC_IKE_AUTH_FAIL", ["ike:13801"]),
        ("NO_PROPOSAL_CHOSEN", ["ikev2:14"]),
        ("it says NO_PROPOSAL_CHOSEN, why?", ["ikev2:14"]),
        ("COOKIE", ["ikev2:16390"]),
        ("Event ID 20271", ["event:20271"]),
        ("Error-Cause = 503", ["radius:503"]),
        ("notify 24", ["ikev2:24"]),
        ("Event ID: 6273\nAccount Name: alice\nReason Code:\t16\nReason: x", ["nps:16"]),
        ("<EventID>6273</EventID><Data Name='ReasonCode'>66</Data>", ["nps:66"]),
        ('<EventID>6274</EventID><Data Name="Other">1</Data>', ["event:6274"]),
        ("a laptop with Windows 11 says 809 at 10:24:03", ["ras:809"]),
        ("Fehler 13806: kein Zertifikat", ["ike:13806"]),
        ("error 0x320 when the laptop wakes up", ["ras:800"]),
        ("it failed with 0x320", ["ras:800"]),
        ("Verbindung getrennt (0X0329).", ["ras:809"]),
        ("0x35e9 after 10 s", ["ike:13801"]),
        ("Event ID 20271, then 0x32c", ["ras:812"]),
        ("0x320 at first, then error 812", ["ras:812"]),
        ("chain: 0x800b0109, then error 13801", ["ike:13801", "hresult:0x800B0109"]),
    ],
)
def test_code_is_found_in_what_people_write(catalogue: Catalogue, text: str, codes: list[str]) -> None:
    assert keys(text, catalogue) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("38", ["nps:38", "ikev2:38"]),
        ("nps:38", ["nps:38"]),
        ("ikev2:38", ["ikev2:38"]),
        ("41", ["ikev2:41", "radius:41", "event:41", "event:41"]),
        ("event:41", ["event:41", "event:41"]),
    ],
)
def test_number_of_several_families_is_all_of_them_until_it_is_exact(
    catalogue: Catalogue, text: str, codes: list[str]
) -> None:
    assert keys(text, catalogue) == codes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "it does not work",
        "10.0.1.10 to 203.0.113.10",
        "at 08:09 on 22.11.2026",
        "port 800x600",
        "1" * 5000,
        "flags 0x20",
        "at 0x320f",
        "10x320",
        "0x320px",
        "mask 0xffff0320",
        "0x000000320",
    ],
)
def test_where_nothing_stands_nothing_is_guessed(catalogue: Catalogue, text: str) -> None:
    with pytest.raises(NotFound, match="Looked for: numbers beside words like error"):
        find(text, catalogue)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("13999", r"13999 is no code .* 13918 \(ERROR_IPSEC_THROTTLE_DROP\)"),
        ("nps:999", r"999 is no NPS reason code .* 291"),
    ],
)
def test_unknown_number_is_told_with_its_neighbours(catalogue: Catalogue, text: str, said: str) -> None:
    with pytest.raises(NotFound, match=said):
        find(text, catalogue)


def test_each_code_is_told_once(catalogue: Catalogue) -> None:
    assert keys("error 809\nerror 809\nERROR_VPN_TIMEOUT", catalogue) == ["ras:809"]


def test_no_more_are_told_than_somebody_reads(catalogue: Catalogue) -> None:
    assert len(keys("\n".join(f"error {number}" for number in range(600, 900)), catalogue)) == MOST


def test_more_than_a_log_is_refused(catalogue: Catalogue) -> None:
    assert keys("error 809" + " " * (LARGEST - 9), catalogue) == ["ras:809"]
    with pytest.raises(DocumentError, match="larger than 1 MiB"):
        find("error 809" + " " * LARGEST, catalogue)


@pytest.mark.parametrize("text", ["server NPS1 refused alice", "interface e1 went down", "laptop e34 cannot connect"])
def test_number_that_belongs_to_a_name_is_no_code(text: str, catalogue: Catalogue) -> None:
    with pytest.raises(NotFound):
        find(text, catalogue)


def test_number_that_stands_beside_its_word_is(catalogue: Catalogue) -> None:
    (only,) = find("NPS1 refused alice with reason code 16", catalogue)
    (short,) = find("VPN failed, E=809", catalogue)

    assert (only.code.key, short.code.key) == ("nps:16", "ras:809")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("IKE authentication credentials are unacceptable.", "ike:13801"),
        ("it says: ...because the remote server\n is not responding. This could be", "ras:809"),
        ("Policy match error", "ike:13868"),
    ],
)
def test_windows_own_words_are_known_where_no_number_stands(text: str, code: str, catalogue: Catalogue) -> None:
    assert keys(text, catalogue) == [code]
    assert keys(f"{text} error 812", catalogue) == ["ras:812"]


def keys(text: str, catalogue: Catalogue) -> list[str]:
    return [each.code.key for each in find(text, catalogue)]
