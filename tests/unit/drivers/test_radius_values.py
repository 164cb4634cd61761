from evertunnel.drivers.radius_values import Accept, Accounting, NoAnswer, Reject, Status, Usage


def test_answers_differ_from_one_another() -> None:
    assert len({Accept(name="", reach=""), Reject(message=""), NoAnswer()}) == 3


def test_usage_adds_and_takes_the_later_of_two_readings() -> None:
    one = Usage(in_octets=1, out_octets=20, in_packets=3, out_packets=4)
    two = Usage(in_octets=10, out_octets=2, in_packets=3, out_packets=4)

    assert one + two == Usage(in_octets=11, out_octets=22, in_packets=6, out_packets=8)
    assert one.highest(two) == Usage(in_octets=10, out_octets=20, in_packets=3, out_packets=4)


def test_duration_leads_from_the_start_to_the_end_in_whole_seconds() -> None:
    stop = Accounting(status=Status.STOP, session="1", number=1, at=10.1, started=5.9, tunnel="", name="", outer="")

    assert stop.seconds == 5
