from evertunnel.explain.model import TITLES, Code, Family


def test_each_family_has_a_title() -> None:
    assert set(TITLES) == set(Family)


def test_a_code_is_written_as_its_family_writes_it() -> None:
    timeout = Code(family=Family.RAS, number=809, name="ERROR_VPN_TIMEOUT")
    untrusted = Code(family=Family.HRESULT, number=0x800B0109, name="CERT_E_UNTRUSTEDROOT")

    assert (timeout.key, untrusted.key) == ("ras:809", "hresult:0x800B0109")
