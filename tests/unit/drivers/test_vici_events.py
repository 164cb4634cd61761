import asyncio
import queue
import struct

from tests.unit.drivers.vici_peer import Charon

from evertunnel.drivers.vici_events import CHANGES, Events, Feed
from evertunnel.drivers.vici_values import Changed, Ended, Event, LogLine


def test_events_are_delivered_and_the_end_of_the_connection_is_one(charon: Charon) -> None:
    heard: queue.Queue[Event] = queue.Queue()
    events = Events(charon.path, heard.put, timeout=1)

    charon.emit("ike-updown", {"up": "yes", "evertunnel-device-x": {"uniqueid": "3"}})
    charon.emit("log", {"group": "IKE", "ikesa-uniqueid": "3", "msg": "hello"})
    charon.close()

    assert heard.get(timeout=2) == Changed(ike_id=3, up=True)
    assert heard.get(timeout=2) == LogLine(ike_id=3, group="IKE", text="hello")
    assert isinstance(heard.get(timeout=2), Ended)
    events.close()


def test_events_that_nobody_wants_are_not_asked_for(charon: Charon) -> None:
    events = Events(charon.path, lambda _: None, names=CHANGES, timeout=1)

    assert charon.registered == ["ike-updown", "child-updown", "child-rekey"]
    events.close()


def test_a_loop_is_given_what_came_before_it_began_and_after(charon: Charon) -> None:
    feed = Feed(charon.path, timeout=1)
    charon.emit("child-updown", {"evertunnel-device-x": {"uniqueid": "3", "state": "DELETING"}})

    async def heard() -> list[Event]:
        events: asyncio.Queue[Event] = asyncio.Queue()
        feed.begin(asyncio.get_running_loop(), events.put_nowait)
        first = await events.get()
        charon.emit("ike-updown", {"up": "yes", "evertunnel-device-x": {"uniqueid": "4"}})
        return [first, await events.get()]

    first, second = asyncio.run(heard())
    feed.close()

    assert charon.registered == list(CHANGES)
    assert isinstance(first, Changed)
    assert (first.ike_id, first.up) == (3, False)
    assert second == Changed(ike_id=4, up=True)


def test_a_loop_hears_of_the_end_once(charon: Charon) -> None:
    feed = Feed(charon.path, timeout=1)

    async def heard() -> list[Event]:
        events: asyncio.Queue[Event] = asyncio.Queue()
        feed.begin(asyncio.get_running_loop(), events.put_nowait)
        charon.close()
        ended = [await events.get()]
        await asyncio.sleep(0)
        feed.close()
        return ended + [events.get_nowait() for _ in range(events.qsize())]

    (ended,) = asyncio.run(heard())

    assert isinstance(ended, Ended)


def test_what_is_no_event_ends_the_feed(charon: Charon) -> None:
    feed = Feed(charon.path, timeout=1)

    async def heard() -> Event:
        events: asyncio.Queue[Event] = asyncio.Queue()
        feed.begin(asyncio.get_running_loop(), events.put_nowait)
        charon.says(struct.pack("!I", 3) + b"\x07\x01\xff")
        return await events.get()

    assert isinstance(asyncio.run(heard()), Ended)
