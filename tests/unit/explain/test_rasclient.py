import pytest

from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.rasclient import read

ID = "{7B2C0D50-3A51-4C1F-8E0A-00155D011809}"
FAILED = (
    f"CoId={ID}: The user CONTOSO\\alice dialed a connection named Contoso VPN which has failed."
    " The error code returned on failure is 809."
)
GERMAN = (
    f'CoId={ID}: Der Benutzer "CONTOSO\\alice" hat eine Verbindung mit dem Namen "Contoso VPN 2"'
    " hergestellt, die fehlgeschlagen ist. Fehlercode: 13801."
)
VIEWER = f"""\
Log Name:      Application
Source:        RasClient
Date:          11/22/2026 9:53:05 AM
Event ID:      20227
Computer:      laptop1.corp.contoso.com
Description:
{FAILED}

Event Xml:
<Event xmlns="x"><System><EventID>20227</EventID></System><EventData><Data>2026</Data></EventData></Event>
"""
XML = f"""\
<Event xmlns="x"><System><Provider Name="RasClient"/><EventID>20227</EventID></System>
<EventData><Data>{ID}</Data><Data>CONTOSO\\alice</Data><Data>Contoso VPN</Data><Data>812</Data></EventData></Event>
"""


@pytest.mark.parametrize(
    ("text", "code"), [(FAILED, "ras:809"), (GERMAN, "ike:13801"), (VIEWER, "ras:809"), (XML, "ras:812")]
)
def test_last_number_of_an_event_is_its_code(catalogue: Catalogue, text: str, code: str) -> None:
    assert [each.code.key for each in read(text, catalogue)] == [code]


def test_connection_and_attempt_are_told(catalogue: Catalogue) -> None:
    (sighting,) = read(FAILED, catalogue)

    assert dict(sighting.details) == {"connection": "Contoso VPN", "CoId": ID}


def test_end_of_a_connection_is_read_alike(catalogue: Catalogue) -> None:
    ended = FAILED.replace("failed", "terminated").replace("809", "631")

    assert [each.code.key for each in read(ended, catalogue)] == ["ras:631"]


def test_each_of_several_events_is_told(catalogue: Catalogue) -> None:
    assert [each.code.key for each in read(f"{FAILED}\r\n{GERMAN}", catalogue)] == ["ras:809", "ike:13801"]


def test_code_that_is_not_known_is_told_as_such(catalogue: Catalogue) -> None:
    (sighting,) = read(FAILED.replace("809", "99999"), catalogue)

    assert sighting.code.key == "event:20227"
    assert dict(sighting.details)["code"] == "99999, which is not known here"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CoId=",
        f"CoId={ID}",
        f"CoId={ID}: no number",
        "20227",
        "20227 <EventData>",
        "20227 </EventData><EventData>",
        "error 809",
    ],
)
def test_what_is_no_event_gives_nothing(catalogue: Catalogue, text: str) -> None:
    assert list(read(text, catalogue)) == []
