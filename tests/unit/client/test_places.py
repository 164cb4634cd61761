from evertunnel.client import places


def test_key_lies_with_the_state_and_never_with_what_is_rendered() -> None:
    assert places.KEY.parent == places.KEYS
    assert not places.KEY.is_relative_to(places.DIRECTORY)
