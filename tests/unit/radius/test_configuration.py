from evertunnel.radius import eap
from evertunnel.radius.configuration import SITE


def test_only_our_own_matches_are_expanded() -> None:
    # The address is not what a client says, but where its packet came from; what it may do stands in clients.conf.
    assert expansions(SITE) == {"1", "2", "3", "4", "5", "Packet-Src-IP-Address", "client:authorize_only"}
    assert expansions(eap.CHECK) == {"1", "2", "3", "4", "5"}
    assert expansions(eap.AUTHORIZE + eap.AUTHENTICATE + eap.POST_AUTH + eap.SERVERS + eap.MODULES + eap.TLS) == set()


def expansions(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("%{")[1:]}
