import asyncio
import queue
import struct

import pytest
from tests.unit.drivers.vici_peer import Charon
from vici.protocol import Packet

from evertunnel.drivers.vici_events import CHANGES, Events, Feed
from evertunnel.drivers.vici_values import Changed, Ended, Event, LogLine
from evertunnel.errors import EngineRejected, EngineUnavailable


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

    assert charon.registered == [*CHANGES, "list-sa"]
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


def test_lists_and_events_of_one_connection_are_told_apart(charon: Charon) -> None:
    section = {"uniqueid": "7", "state": "ESTABLISHED"}
    charon.streams["list-sas"] = ("list-sa", [{"x": section}, {"x": {**section, "uniqueid": "8"}}])
    feed = Feed(charon.path, timeout=1)

    async def listed() -> tuple[list[int], list[Event]]:
        events: asyncio.Queue[Event] = asyncio.Queue()
        feed.begin(asyncio.get_running_loop(), events.put_nowait)
        charon.emit("ike-updown", {"up": "yes", "x": {"uniqueid": "3"}})
        found = [sa.ike_id for _ in range(2) for sa in await feed.list_sas()]
        return found, [events.get_nowait()]

    found, events = asyncio.run(listed())
    feed.close()

    assert found == [7, 8, 7, 8]
    assert events == [Changed(ike_id=3, up=True)]


def test_charon_that_lists_nothing_in_time_is_unavailable_and_its_late_answer_counts_for_nothing(
    charon: Charon,
) -> None:
    feed = Feed(charon.path, timeout=0.05)
    charon.silent = True

    async def late() -> Event:
        events: asyncio.Queue[Event] = asyncio.Queue()
        feed.begin(asyncio.get_running_loop(), events.put_nowait)
        with pytest.raises(EngineUnavailable, match="did not answer list-sas"):
            await feed.list_sas()
        charon.says(struct.pack("!IB", 1, Packet.CMD_RESPONSE))
        return await events.get()

    assert isinstance(asyncio.run(late()), Ended)


def test_list_that_cannot_be_read_is_an_error_of_its_own(charon: Charon) -> None:
    charon.streams["list-sas"] = ("list-sa", [{"x": {"uniqueid": "many", "state": "ESTABLISHED"}}])
    feed = Feed(charon.path, timeout=1)

    async def listed() -> None:
        feed.begin(asyncio.get_running_loop(), lambda _: None)
        with pytest.raises(EngineRejected, match="uniqueid is 'many'"):
            await feed.list_sas()

    asyncio.run(listed())


def test_list_ends_with_the_connection(charon: Charon) -> None:
    feed = Feed(charon.path, timeout=5)
    charon.silent = True

    async def cut() -> None:
        feed.begin(asyncio.get_running_loop(), lambda _: None)
        listing = asyncio.create_task(feed.list_sas())
        await asyncio.sleep(0)
        charon.close()
        with pytest.raises(EngineUnavailable, match="closed"):
            await listing
        with pytest.raises(EngineUnavailable, match="closed"):
            await feed.list_sas()

    asyncio.run(cut())
