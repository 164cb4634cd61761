from evertunnel.pki.places import Places


def test_keys_and_journal_are_the_signers_alone_and_what_is_published_is_everybodys() -> None:
    assert [(str(each.path), each.mode, each.owner) for each in Places().directories()] == [
        ("/var/lib/evertunnel/ca", 0o700, "evertunnel-signer"),
        ("/var/lib/evertunnel/signer", 0o700, "evertunnel-signer"),
        ("/var/lib/evertunnel/publisher", 0o755, "evertunnel-signer"),
    ]
