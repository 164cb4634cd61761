import re

from evertunnel.radius import eap


def test_sessions_are_never_resumed() -> None:
    assert re.search(r"cache {\s+enable = no\s+}", eap.TLS)


def test_no_other_way_to_authenticate_is_configured() -> None:
    assert set(re.findall(r"default_eap_type = (\w+)", eap.MODULES)) == {"tls"}
    assert not re.search(r"mschap|md5|gtc|ttls|pwd|leap", eap.MODULES)
