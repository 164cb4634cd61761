import pytest

from evertunnel import documents
from evertunnel.errors import DocumentError
from evertunnel.pki.settings import PublisherSettings, SignerSettings


def test_settings_survive_their_file(settings: SignerSettings) -> None:
    assert documents.from_json(SignerSettings, documents.to_json(settings), name="signer.json") == settings


def test_signer_settings_that_lack_a_template_are_wrong(settings: SignerSettings) -> None:
    document = documents.write(settings)
    assert isinstance(document, dict)
    document["templates"] = {"device": document["templates"]["device"]}

    with pytest.raises(DocumentError, match="templates are missing: vpn-server"):
        documents.read(SignerSettings, document, name="signer.json")


def test_publisher_address_must_be_one() -> None:
    with pytest.raises(DocumentError, match="address"):
        documents.read(PublisherSettings, {"address": "everywhere", "port": 80}, name="publisher.json")
