from evertunnel.profiles.vpnv2.model import DhGroup, EspCipher, EspIntegrity, IkeCipher, IkeIntegrity, PfsGroup
from evertunnel.profiles.windows.graph_words import WORDS


def test_all_but_none_have_a_word() -> None:
    kinds = (DhGroup, EspCipher, EspIntegrity, IkeCipher, IkeIntegrity, PfsGroup)
    without = {value for kind in kinds for value in kind if value not in WORDS}

    assert without == {DhGroup.NONE, PfsGroup.NONE}
