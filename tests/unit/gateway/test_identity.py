import pytest

from evertunnel.gateway.identity import serial_of


@pytest.mark.parametrize(
    "identity",
    [
        "laptop1.corp.contoso.com",
        "O=Contoso, CN=laptop1.corp.contoso.com",
        "serialNumber=5f3a9c",
        "O=Contoso, CN=x, serialNumber=5f3a9c, OU=more",
        "O=Contoso, CN=x, serialNumber=1, serialNumber=2",
        "O=Contoso, CN=x, serialNumber=005f",
        "O=Contoso, CN=x, serialNumber=5F",
        "O=Contoso, CN=x, serialNumber=",
        "O=Contoso, CN=" + "x" * 240 + ", serialNumber=5f",
    ],
)
def test_identity_without_one_serial_at_its_end_has_none(identity: str) -> None:
    assert serial_of(identity) is None
