"""Accounting records on disk until RADIUS has acknowledged them, and what the accountant must not forget.

Records lie in segments, one line each behind its check sum. A line lies in the kernel's hands once `append` returns, so
that killing the process loses none; `sync`, called beside the admissions, brings it to the disk. Segments found at the
start are only read; a line that a crash cut short was never said to be kept. A segment goes when each of its records is
acknowledged; those of a segment that was not done with before a crash are sent again, and known by their numbers.

How long it lasts: a record is a line of some 500 octets. A thousand sessions that reconnect every hour and say
something every 300 seconds write 1000 x (288 + 2 x 24) = 336,000 records a day, and the gateway at most 20 refusals a
minute, 28,800: together 182 MB. LIMIT is 256 MiB.

When the spool is full, or the disk, `problem` says so, and who is not in yet stays out. Those who are in still have
their records kept: in RESERVE, or in what a ballast file leaves behind. When even that does not do, `append` raises,
and the caller keeps its records and tries again. No record is dropped.
"""

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from evertunnel.drivers.radius_values import Accounting, Status
from evertunnel.gateway.record_files import end_of_lines, from_line, lines, sync_directory, to_line, write_whole

LIMIT = 256 * 1024 * 1024
RESERVE = 16 * 1024 * 1024
BALLAST = 8 * 1024 * 1024
SEGMENT = 256 * 1024
FRESH = 64
SUFFIX = ".jsonl"
STOP = Status.STOP.value.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many octets the spool may hold, and how many more for those who are in already."""

    limit: int = LIMIT
    reserve: int = RESERVE
    ballast: int = BALLAST
    segment: int = SEGMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record that waits, with its place."""

    segment: int
    offset: int
    record: Accounting


@dataclass(slots=True, kw_only=True)
class _Segment:
    size: int
    begin: int = 0  # everything before it is acknowledged
    done: dict[int, int] = field(default_factory=dict)  # acknowledged beyond it: the line's offset and its end
    ends: dict[int, int] = field(default_factory=dict)  # of the lines that were handed out
    fresh: dict[int, tuple[int, Accounting]] = field(default_factory=dict)  # the latest lines, with their ends

    def remember(self, written: Sequence[tuple[bytes, Accounting]]) -> None:
        """Notes what was written last, so that it need not be read when it is handed out at once."""
        begin = self.size - sum(len(line) for line, _ in written)
        if len(self.fresh) > FRESH:
            self.fresh.clear()
        for line, record in written:
            self.fresh[begin] = begin + len(line), record
            begin += len(line)


class Spool:
    """The spool of one gateway: one writer, in one thread; `sync` may come from another."""

    def __init__(self, directory: Path, bounds: Bounds | None = None) -> None:
        self._directory = directory
        self._bounds = bounds or Bounds()
        self._lock = Lock()
        self._handle = -1
        self._ended: list[int] = []  # segments that are full, until they are on the disk
        self._current = 0
        self._is_dirty = False
        self._fault = ""
        self.damaged = 0
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._segments = {int(path.stem): _Segment(size=end_of_lines(path)) for path in _segments(directory)}
        self._next = max(self._segments, default=0) + 1
        for number, segment in tuple(self._segments.items()):
            self._remove_if_done(number, segment)
        self._load_ballast()

    @property
    def octets(self) -> int:
        """What the spool takes on disk."""
        return sum(segment.size for segment in self._segments.values())

    @property
    def problem(self) -> str:
        """Why nobody new may be admitted; empty when all is well."""
        if self._fault:
            return self._fault
        if self.octets >= self._bounds.limit:
            return f"the accounting spool is full: {self.octets} octets wait for RADIUS, {self._bounds.limit} may"
        return ""

    def append(self, records: Sequence[Accounting]) -> None:
        """Keeps records, all of them; OSError if they are not kept, and then none is."""
        if not records:
            return
        lines_of = tuple((to_line(record), record) for record in records)
        data = b"".join(line for line, _ in lines_of)
        if self.octets + len(data) > self._bounds.limit + self._bounds.reserve:
            raise OSError(errno.ENOSPC, f"the accounting spool {self._directory} is full beyond its reserve")
        try:
            self._write(data)
        except OSError as error:
            self._fault = f"the accounting spool cannot be written: {error.strerror or error}"
            self._ballast.unlink(missing_ok=True)
            self._write(data)
        self._segments[self._current].remember(lines_of)

    def sync(self) -> None:
        """Brings what was appended to the disk, and gets the ballast back that was given up; OSError when it cannot."""
        with self._lock:
            handles, self._ended = self._ended, []
            if self._is_dirty and self._handle >= 0:
                handles.append(os.dup(self._handle))
            self._is_dirty = False
        try:
            for handle in handles:
                os.fsync(handle)
            if handles:
                sync_directory(self._directory)
        except OSError:
            self._is_dirty = True
            raise
        finally:
            for handle in handles:
                os.close(handle)
        if self._fault:
            self._load_ballast()

    def pending(self, count: int, leaving_out: frozenset[tuple[int, int]] = frozenset()) -> tuple[Entry, ...]:
        """The oldest records that are not acknowledged, without those that are on their way already."""
        found: list[Entry] = []
        for number in sorted(self._segments):
            for entry in self._unacknowledged(number, leaving_out):
                found.append(entry)
                if len(found) == count:
                    return tuple(found)
        return tuple(found)

    def ended_sessions(self) -> frozenset[str]:
        """The sessions whose Stop lies here."""
        found = (line for number in sorted(self._segments) for line in self._lines_with(number, STOP))
        records = (from_line(line) for line in found)
        return frozenset(record.session for record in records if record and record.status is Status.STOP)

    def acknowledged(self, entry: Entry) -> None:
        """Lets go of a record that RADIUS has."""
        segment = self._segments.get(entry.segment)
        if segment is not None:
            self._finish(entry.segment, segment, entry.offset)

    def set_aside(self, entry: Entry) -> None:
        """Puts a record that cannot be sent into a file of its own, for a person to look at."""
        self._put_aside(to_line(entry.record))
        self.acknowledged(entry)

    def close(self) -> None:
        """Ends the segment that is being written."""
        self.sync()
        with self._lock:
            if self._handle >= 0:
                os.close(self._handle)
            self._handle = -1

    # Writing

    @property
    def _ballast(self) -> Path:
        return self._directory / "ballast"

    def _load_ballast(self) -> None:
        """Takes the room that is given up when the disk is full; while it is not there, nobody new comes in."""
        try:
            handle = os.open(self._ballast, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(handle, 0, max(1, self._bounds.ballast))
            finally:
                os.close(handle)
        except OSError as error:
            self._ballast.unlink(missing_ok=True)
            self._fault = f"the accounting spool has no room: {error.strerror or error}"
            return
        self._fault = ""

    def _write(self, data: bytes) -> None:
        with self._lock:
            if self._handle < 0 or self._segments[self._current].size >= self._bounds.segment:
                self._open()
            segment = self._segments[self._current]
            try:
                write_whole(self._handle, data, segment.size)
            except OSError:
                # What was written in part is cut off, or, where that failed too, left behind as no line.
                os.close(self._handle)
                self._handle = -1
                raise
            segment.size += len(data)
            self._is_dirty = True

    def _open(self) -> None:
        handle = os.open(
            self._path(self._next), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        if self._handle >= 0:
            self._ended.append(self._handle)
        self._handle, self._current = handle, self._next
        self._segments[self._current] = _Segment(size=0)
        self._next += 1

    # Reading

    def _unacknowledged(self, number: int, leaving_out: frozenset[tuple[int, int]]) -> Iterator[Entry]:
        segment = self._segments[number]
        known = {**segment.done, **{at: end for at, end in segment.ends.items() if (number, at) in leaving_out}}
        unknown = segment.size - segment.begin - sum(end - at for at, end in known.items())
        fresh = {at: each for at, each in segment.fresh.items() if at not in known}
        if unknown == sum(end - at for at, (end, _) in fresh.items()):
            for offset, (end, kept) in fresh.items():
                segment.ends[offset] = end
                yield Entry(segment=number, offset=offset, record=kept)
            return
        for offset, line in lines(self._path(number), segment.begin, segment.size):
            if offset in segment.done or (number, offset) in leaving_out:
                continue
            segment.ends[offset] = offset + len(line)
            record = from_line(line)
            if record is None:
                self.damaged += 1
                self._put_aside(line)
                self._finish(number, segment, offset)
            else:
                yield Entry(segment=number, offset=offset, record=record)

    def _lines_with(self, number: int, word: bytes) -> Iterator[bytes]:
        found = lines(self._path(number), 0, self._segments[number].size)
        return (line for _, line in found if word in line)  # to read them all would take seconds after a day's outage

    def _finish(self, number: int, segment: _Segment, offset: int) -> None:
        if offset in segment.ends:
            segment.done[offset] = segment.ends.pop(offset)
            segment.fresh.pop(offset, None)
        while segment.begin in segment.done:
            segment.begin = segment.done.pop(segment.begin)
        self._remove_if_done(number, segment)

    def _remove_if_done(self, number: int, segment: _Segment) -> None:
        with self._lock:
            is_written = number == self._current and self._handle >= 0
            if segment.begin < segment.size or (is_written and segment.size < self._bounds.segment // 4):
                return
            if is_written:
                os.close(self._handle)
                self._handle = -1
            self._path(number).unlink(missing_ok=True)
            del self._segments[number]

    def _put_aside(self, line: bytes) -> None:
        with (self._directory / "set-aside").open("ab") as stream:
            stream.write(line)

    def _path(self, number: int) -> Path:
        return self._directory / f"{number:012d}{SUFFIX}"


def _segments(directory: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in directory.glob(f"*{SUFFIX}") if path.stem.isdigit()))
