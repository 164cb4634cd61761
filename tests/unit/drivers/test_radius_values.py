from evertunnel.drivers.radius_values import Accept, NoAnswer, Reject


def test_answers_differ_from_one_another() -> None:
    assert len({Accept(device="", reach=""), Reject(message=""), NoAnswer()}) == 3
