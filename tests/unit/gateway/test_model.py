from evertunnel import documents
from evertunnel.gateway.model import Connections


def test_connections_survive_their_file_and_hide_their_key(connections: Connections) -> None:
    text = documents.to_json(connections)

    assert documents.from_json(Connections, text, name="connections.json") == connections
    assert "'key'" not in repr(connections)
