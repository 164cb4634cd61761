from datetime import UTC, datetime

import pytest

from evertunnel.plan import hours

FRIDAY_22, SATURDAY_6 = 4 * hours.DAY + 22 * 60, 5 * hours.DAY + 6 * 60


def holds(text: str, minute: int) -> bool:
    return bool(hours.week([text]) >> minute & 1)


def test_hours_begin_with_their_first_minute_and_end_before_their_last() -> None:
    assert not holds("Mon-Fri 07:00-19:00", 7 * 60 - 1)
    assert holds("Mon-Fri 07:00-19:00", 7 * 60)
    assert holds("Mon-Fri 07:00-19:00", 19 * 60 - 1)
    assert not holds("Mon-Fri 07:00-19:00", 19 * 60)
    assert not holds("Mon-Fri 07:00-19:00", 5 * hours.DAY + 8 * 60)


def test_hours_over_midnight_end_on_the_next_day() -> None:
    assert not holds("Fri 22:00-06:00", FRIDAY_22 - 1)
    assert holds("Fri 22:00-06:00", FRIDAY_22)
    assert holds("Fri 22:00-06:00", SATURDAY_6 - 1)
    assert not holds("Fri 22:00-06:00", SATURDAY_6)


def test_hours_over_sundays_midnight_end_on_monday() -> None:
    assert holds("Sun 23:00-01:00", 0)
    assert not holds("Sun 23:00-01:00", 60)
    assert list(hours.edges(hours.week(["Sun 23:00-01:00"]))) == [60, hours.WEEK - 60]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Mon-Sun 00:00-24:00", hours.WEEK),
        ("Mon 12:00-12:01", 1),
        ("Mon,Wed 08:00-09:00", 120),
        ("Sat-Mon 08:00-09:00", 180),
        ("Sat-Mon,Sun 08:00-09:00", 180),
        ("Sun 23:00-01:00", 120),
        ("Mon 24:00-24:00", None),
        ("Mon 12:00-12:00", None),
        ("Mon 24:00-06:00", None),
    ],
)
def test_as_many_minutes_as_written(text: str, minutes: int | None) -> None:
    if minutes is None:
        with pytest.raises(ValueError, match="is empty"):
            hours.week([text])
    else:
        assert hours.week([text]).bit_count() == minutes


def test_several_hours_are_joined() -> None:
    assert hours.week(["Mon 08:00-09:00", "Mon 08:30-10:00"]).bit_count() == 120
    assert hours.week([]) == 0


@pytest.mark.parametrize(
    "text",
    [
        *("", "always", "Mon", "08:00-09:00", "mon 08:00-09:00", "Mon 8:00-9:00", "Mon 08:00-25:00", "Mon 08:60-09:00"),
        *("Mon 08:00-09:00 ", "Mon 08:00-09:00\n", "Mon  08:00-09:00", "Mon,, 08:00-09:00", "Mon-Tue-Wed 08:00-09:00"),
        *("Mon 24:01-25:00", "Mon \u0660\u0668:00-09:00"),
    ],
)
def test_what_are_no_hours_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="are no hours; write them like Mon-Fri 07:00-19:00"):
        hours.week([text])


def test_minute_is_the_wall_clocks_in_summer_and_in_winter() -> None:
    berlin = hours.zone("Europe/Berlin")
    summer = datetime(2026, 7, 6, 5, 0, tzinfo=UTC).timestamp()
    winter = datetime(2026, 11, 23, 6, 0, tzinfo=UTC).timestamp()

    assert hours.words(hours.minute(summer, berlin)) == hours.words(hours.minute(winter, berlin)) == "Mon 07:00"
    assert hours.words(hours.minute(winter, hours.zone("UTC"))) == "Mon 06:00"


@pytest.mark.parametrize("name", ["", "Europe", "Europe/Bonn", "../../etc/passwd", "/etc/passwd", "x" * 300, "a\0b"])
def test_what_is_no_time_zone_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="is no time zone here; write it like Europe/Berlin"):
        hours.zone(name)


def test_hours_without_edges_have_none() -> None:
    assert list(hours.edges(hours.ALWAYS)) == list(hours.edges(0)) == []
