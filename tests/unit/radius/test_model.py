from evertunnel.radius.model import Tokens, derived
from evertunnel.values import Secret

TOKEN = Secret("policy-token-policy-token")


def test_tokens_differ_from_each_other_and_from_their_source() -> None:
    tokens = Tokens.of(TOKEN)

    assert len({tokens.asks, tokens.answers, TOKEN}) == 3
    assert tokens == Tokens.of(TOKEN)
    assert tokens != Tokens.of(Secret("another-token-another-token"))


def test_derived_secrets_may_stand_in_freeradius_and_http() -> None:
    text = derived(TOKEN, "probe").reveal()

    assert len(text) == 64
    assert text.isalnum()
