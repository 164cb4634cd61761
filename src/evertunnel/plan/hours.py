"""Hours of the week as a plan writes them, and the time zone that they are told in.

    Mon-Fri 07:00-19:00      Sat,Sun 00:00-24:00      Fri 22:00-06:00 (until Saturday morning)

A set of hours is a number with one bit for each minute of the week, from Monday 00:00 on: whether a minute is in it,
and whether one set holds another, is arithmetic. The minute is the wall clock's, so that 07:00 is 07:00 in summer and
in winter; an hour that a change of the clocks repeats counts twice, one that it skips not at all.
"""

import functools
import re
import zoneinfo
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 24 * 60
WEEK = len(DAYS) * DAY
ALWAYS = (1 << WEEK) - 1

NAME = "|".join(DAYS)
TIME = "([01][0-9]|2[0-3]):[0-5][0-9]|24:00"
SPAN = re.compile(
    rf"(?P<days>({NAME})(-({NAME}))?(,({NAME})(-({NAME}))?)*) (?P<begin>{TIME})-(?P<end>{TIME})", re.ASCII
)


def week(hours: Iterable[str]) -> int:
    """The minutes of the week that are in any of these hours; ValueError for what is not written right, or empty.

    >>> week(["Mon 00:00-00:02", "Mon 00:01-00:03"])
    7
    """
    return _week(tuple(hours))


@functools.lru_cache(maxsize=1024)
def _week(hours: tuple[str, ...]) -> int:
    minutes = 0
    for text in hours:
        minutes |= _span(text)
    return minutes


def minute(now: float, zone: tzinfo) -> int:
    """The minute of the week on the clocks of a zone.

    >>> minute(345_600.0, UTC)  # Monday, 5 January 1970
    0
    """
    local = datetime.fromtimestamp(now, zone)
    return local.weekday() * DAY + local.hour * 60 + local.minute


def zone(name: str) -> tzinfo:
    """The time zone of this name; ValueError if the system knows none."""
    if name == "UTC":
        return UTC  # without the system's files, which a small system may lack
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone here; write it like Europe/Berlin") from None


def _span(text: str) -> int:
    read = SPAN.fullmatch(text)
    if read is None:
        raise ValueError(f"{text!r} are no hours; write them like Mon-Fri 07:00-19:00")
    begin, end = _minute(read["begin"]), _minute(read["end"])
    if begin in {end, DAY}:
        raise ValueError(f"{text!r} is empty; let it end later than it begins, a whole day is 00:00-24:00")
    length = end - begin if begin < end else end - begin + DAY
    minutes = 0
    for day in set(_days(read["days"])):
        bits = ((1 << length) - 1) << (day * DAY + begin)
        # What lies beyond Sunday's midnight is Monday's.
        minutes |= (bits & ALWAYS) | (bits >> WEEK)
    return minutes


def _days(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        yield from (day % len(DAYS) for day in range(begin, end + 1 if begin <= end else end + len(DAYS) + 1))


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def edges(minutes: int) -> Iterator[int]:
    """The minutes of the week at which hours begin or end.

    >>> list(edges(week(["Sun 23:59-00:01"])))
    [1, 10079]
    """
    before = (minutes << 1 | minutes >> WEEK - 1) & ALWAYS
    changed = minutes ^ before
    while changed:
        lowest = changed & -changed
        yield lowest.bit_length() - 1
        changed ^= lowest


def words(minute_of_week: int) -> str:
    """A minute of the week as people read it.

    >>> words(345)
    'Mon 05:45'
    """
    day, rest = divmod(minute_of_week, DAY)
    return f"{DAYS[day]} {rest // 60:02}:{rest % 60:02}"
