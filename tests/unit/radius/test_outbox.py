from ipaddress import IPv4Address

from evertunnel import documents
from evertunnel.drivers.dynamic_values import Peer
from evertunnel.radius.model import RadiusClient
from evertunnel.radius.outbox import SETTINGS, USER, OutboxSettings, secret_for, service, settings_file
from evertunnel.values import HostName, Secret

GATEWAYS = tuple(
    RadiusClient(name=HostName(name), address=IPv4Address(address), secret=Secret(f"{name}-secret-secret-secret"))
    for name, address in (("gateway2", "10.0.1.11"), ("gateway1", "10.0.1.10"))
)


def test_settings_name_each_gateway_with_its_port_and_a_secret_of_its_own() -> None:
    file = settings_file(GATEWAYS)

    settings = documents.from_json(OutboxSettings, file.content, name="outbox.json")
    assert settings.gateways == {
        each.name: Peer(address=each.address, port=3799, secret=secret_for(each.secret)) for each in GATEWAYS
    }
    assert settings_file(GATEWAYS[::-1]) == file


def test_secret_of_an_order_is_not_that_of_an_answer() -> None:
    secrets = {secret_for(each.secret).reveal() for each in GATEWAYS}

    assert len(secrets) == 2
    assert not secrets & {each.secret.reveal() for each in GATEWAYS}
    assert not [each for each in GATEWAYS if each.secret.reveal() in settings_file(GATEWAYS).content]


def test_settings_are_the_services_alone() -> None:
    file = settings_file(GATEWAYS)

    assert (file.path, file.owner, file.mode, file.secret) == (SETTINGS, USER, 0o400, True)
    assert service(file).user == USER


def test_service_is_started_anew_with_its_gateways() -> None:
    assert service(settings_file(GATEWAYS)).generation != service(settings_file(GATEWAYS[:1])).generation
