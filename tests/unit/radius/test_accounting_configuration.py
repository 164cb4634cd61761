from pathlib import Path

from evertunnel.radius.accounting_configuration import DICTIONARY, modules, servers
from evertunnel.radius.accounting_wire import RAW, TEXTS

SPOOL = Path("/var/lib/evertunnel/accounting")


def text() -> str:
    return servers(address="10.0.0.20", port=1813, spool=SPOOL, asks="ASKS", answers="ANSWERS")


def test_nothing_is_left_to_fill_in() -> None:
    assert "@" not in text() + modules(policy_port=812, spool=SPOOL)


def test_text_is_taken_out_of_the_request_before_it_is_written_down() -> None:
    taking, _, reading = text().partition("server evertunnel-ledger")

    for name in TEXTS:
        copied = taking.index(f'&{RAW} += "{name} %{{hex:&{name}}}"')
        assert copied < taking.index(f"&{name} !* ANY") < taking.index("ledger_detail")
    assert "%{" not in reading


def test_what_a_sender_says_of_its_own_client_is_dropped_first() -> None:
    assert text().index("&Evertunnel-Gateway !* ANY") < text().index('&Evertunnel-Gateway := "%{client:shortname}"')
    assert text().index(f"&{RAW} !* ANY") < text().index(f"&{RAW} +=")


def test_only_the_token_counts_as_taken_in_both_servers() -> None:
    assert text().count("=~ /^ANSWERS taken$/") == 2
    assert text().count("Bearer ASKS") == 2


def test_numbered_records_never_go_into_the_file() -> None:
    assert text().index("elsif (&Evertunnel-Record)") < text().index("ledger_detail")


def test_each_of_our_attributes_has_a_number_of_its_own() -> None:
    numbers = [line.split()[2] for line in DICTIONARY.splitlines()]

    assert len(set(numbers)) == len(numbers)
