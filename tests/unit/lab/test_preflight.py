from dataclasses import replace

import pytest

from evertunnel.lab import preflight
from evertunnel.lab.preflight import Facts, NotReady

READY = Facts(
    capabilities=(1 << 41) - 1,
    system=("debian", "12"),
    kernel=(6, 1),
    tun=True,
    overlay=True,
    base_is_overlay=False,
    missing_programs=(),
    nftables_library=True,
    kernel_esp=True,
    libipsec=False,
    ike_ports_taken=(),
    now=2e9,
    released=1e9,
)


def test_a_ready_machine_has_nothing_to_mend() -> None:
    assert preflight.check(READY) == ()


def test_everything_missing_is_named_at_once_with_its_mend() -> None:
    facts = replace(READY, capabilities=0, tun=False, kernel_esp=False, missing_programs=("nft",), now=0.0)

    with pytest.raises(NotReady) as refused:
        preflight.check(facts)

    text = str(refused.value)
    assert text.count("\n  - ") == 5
    for words in ("sudo", "modprobe tun", "apt-get install nftables", "kernel-libipsec", "1970-01-01"):
        assert words in text


def test_either_way_of_carrying_esp_is_enough() -> None:
    assert preflight.check(replace(READY, kernel_esp=False, libipsec=True)) == ()


def test_another_system_needs_anyway() -> None:
    facts = replace(READY, system=("ubuntu", "24.04"))

    with pytest.raises(NotReady, match=r"This is ubuntu 24\.04; tested is Debian 12.*--anyway"):
        preflight.check(facts)
    assert [finding.fatal for finding in preflight.check(facts, anyway=True)] == [False]


def test_a_foreign_ike_daemon_is_a_warning_that_says_what_matters() -> None:
    (finding,) = preflight.check(replace(READY, ike_ports_taken=(500, 4500)))

    assert "UDP 500 and 4500" in str(finding)
    assert not finding.fatal


def test_bound_ports_are_read_from_the_kernels_table() -> None:
    table = (
        "  sl  local_address rem_address\n  12: 00000000:01F4 00000000:0000 07\n  13: 0100007F:0035 00000000:0000 07\n"
    )

    assert preflight.taken_ports(table, (500, 4500)) == (500,)


def test_a_version_names_the_month_of_its_release() -> None:
    assert preflight.release_time("26.11.0") == 1793491200.0
