from tests.unit.profiles.contoso import ALICE

from evertunnel.profiles.identity import Identity


def test_key_is_not_shown() -> None:
    assert "secret" not in repr(Identity(user=ALICE, pkcs12=b"secret"))
