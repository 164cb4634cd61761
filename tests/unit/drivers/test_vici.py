"""The driver against a small charon of the tests' own."""

import struct
from pathlib import Path

import pytest
from tests.unit.drivers.vici_peer import Charon

from evertunnel.drivers.vici import Vici
from evertunnel.errors import EngineRejected, EngineUnavailable


def test_refusal_carries_charons_own_words(charon: Charon) -> None:
    charon.answers["load-conn"] = {"success": "no", "errmsg": "missing local auth"}

    with pytest.raises(EngineRejected, match="charon refused load-conn: missing local auth"):
        charon.connect().load_conn("evertunnel-device-x", {"version": "2"})


def test_version_and_names_come_as_text(charon: Charon) -> None:
    charon.answers["version"] = {"daemon": "charon-systemd", "version": "5.9.8"}
    charon.answers["get-conns"] = {"conns": ["evertunnel-device-x", "branch"]}
    vici = charon.connect()

    assert vici.version() == "5.9.8"
    assert vici.get_conns() == ("evertunnel-device-x", "branch")


def test_list_sas_gives_every_streamed_sa(charon: Charon) -> None:
    section = {"uniqueid": "7", "state": "ESTABLISHED", "remote-vips": ["10.99.0.1"]}
    charon.streams["list-sas"] = (
        "list-sa",
        [{"evertunnel-device-x": section}, {"branch": {**section, "uniqueid": "8"}}],
    )

    assert [sa.ike_id for sa in charon.connect().list_sas()] == [7, 8]


def test_ending_an_sa_that_is_gone_is_fine(charon: Charon) -> None:
    charon.answers["terminate"] = {"success": "no", "errmsg": "no matching SAs to terminate found"}

    charon.connect().terminate(7)


def test_silent_charon_is_unavailable_after_the_timeout(charon: Charon) -> None:
    charon.silent = True

    with pytest.raises(EngineUnavailable, match="did not answer version"):
        charon.connect(timeout=0.1).version()


def test_charon_that_stops_in_the_middle_of_a_message_is_unavailable(charon: Charon) -> None:
    charon.raw = struct.pack("!I", 100) + b"\x01"

    with pytest.raises(EngineUnavailable):
        charon.connect(timeout=0.1).version()


@pytest.mark.parametrize("raw", [b"", b"\xff", b"\x02", b"\x01\x01", b"\x01\x03\xff", b"\x01\x03\x01a\x00"])
def test_answer_that_is_no_vici_is_an_engine_error(charon: Charon, raw: bytes) -> None:
    charon.raw = struct.pack("!I", len(raw)) + raw

    with pytest.raises((EngineRejected, EngineUnavailable)):
        charon.connect(timeout=0.2).get_conns()


def test_absent_charon_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="charon is not there"):
        Vici(tmp_path / "nothing")
