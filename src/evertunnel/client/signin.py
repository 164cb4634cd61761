"""Who is signed in: a file that a command writes and the agent reads, and a word to the agent that it changed.

The file is the truth, so a command that is interrupted, and an agent that starts late, both come out right.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from evertunnel import documents
from evertunnel.client import joining, places, request, settings, trust
from evertunnel.client.joining import Joined
from evertunnel.drivers import local_socket
from evertunnel.drivers.host.files import Directory, File, Files
from evertunnel.errors import DocumentError, EngineRejected, EngineUnavailable, NotFound, Refused
from evertunnel.profiles.user import UserProfile
from evertunnel.values import Secret, UserName

LOOK = b"look"
DONE = b"done"
AGENT_SECONDS = 15.0  # charon may take one time-out of VICI, and then the agent looks again


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who is signed in, and with which profile."""

    user: UserName
    profile: str  # its digest: another profile is another sign-in


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """Whether the agent has ended the user tunnel; `other` is who is signed in, and stays so, instead."""

    is_ended: bool
    other: UserName | None = None


def sign_in(
    user: UserName,
    profile_text: str | None,
    certificate: str | None = None,
    *,
    files: places.Disk | None = None,
    now: datetime | None = None,
    tell: Callable[[], bool] | None = None,
) -> bool:
    """Signs a person in with a new profile or the one that is here; gives whether the agent has heard of it.

    A profile for everybody becomes theirs with their certificate (PEM), by default the one that is here.

    Touches nothing unless profile, key and certificates fit together.
    """
    files = files or Files()
    there = current(files)
    if there is not None and there.user != user:
        raise Refused(f"{there.user} is signed in on this device. First: evertunnel client sign-out")
    text = documents.to_json(fitting(user, profile_text, certificate, files, now))
    if profile_text is not None:
        files.write(File(path=places.user_profile(user), content=text, mode=0o600))
    state = SignedIn(user=user, profile=_digest(text))
    files.make_directory(Directory(path=places.SIGNED_IN.parent))
    files.write(File(path=places.SIGNED_IN, content=documents.to_json(state)))
    return (tell or tell_agent)()


def fitting(
    user: UserName, text: str | None, certificate: str | None, files: places.Disk, now: datetime | None
) -> UserProfile:
    """The person's profile, this one or the one that is here, if key and certificates fit it."""
    now = now or datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 (the command line's default; tests pass it)
    joined = _joined(user, text, certificate, files)
    trust.check_user(joined, request.read_key(key_of(user, files), places.user_key(user)), now)
    return joined.profile


def sign_out(
    user: UserName | None = None, *, files: places.ClearedDisk | None = None, tell: Callable[[], bool] | None = None
) -> SignedOut:
    """Signs out whoever is signed in, or `user` alone; signing out twice is fine."""
    files = files or Files()
    try:
        there = current(files)
    except DocumentError:
        there = None  # whoever that was: out
    if user is not None and there is not None and there.user != user:
        return SignedOut(other=there.user, is_ended=True)
    files.remove(places.SIGNED_IN)
    return SignedOut(is_ended=(tell or tell_agent)())


def current(files: places.Disk) -> SignedIn | None:
    """Who is signed in."""
    file = files.read(places.SIGNED_IN)
    return None if file is None else documents.from_json(SignedIn, file.content, name=str(places.SIGNED_IN))


def tunnel_of(who: SignedIn, files: places.Disk) -> settings.Settings:
    """The tunnel of who is signed in."""
    profile = _joined(who.user, None, None, files).profile
    if _digest(documents.to_json(profile)) != who.profile:
        raise EngineRejected(f"the profile of {who.user} is not the one of the sign-in; sign in again")
    return settings.of_user(profile, key_of(who.user, files))


def key_of(user: UserName, files: places.Disk) -> Secret:
    """The person's key on this device."""
    key = files.read(places.user_key(user))
    if key is None:
        mend = f"Make it first: evertunnel client request-user {user}"
        raise EngineRejected(f"{user} has no key on this device. {mend}")
    return Secret(key.content)


def tell_agent() -> bool:
    """Has the agent look who is signed in; whether it did, and did what follows, before this returned."""
    try:
        return local_socket.ask(places.AGENT, LOOK, AGENT_SECONDS) == DONE
    except EngineUnavailable:
        return False


def _joined(user: UserName, text: str | None, certificate: str | None, files: places.Disk) -> Joined[UserProfile]:
    file = files.read(places.user_profile(user))
    kept = file.content if file else None
    text = kept if text is None else text
    if text is None:
        mend = f"evertunnel client sign-in {user} --profile FILE"
        raise NotFound(f"{user} has no profile on this device. Name one: {mend}")
    joined = joining.user_profile(text, certificate, user, kept)
    if joined.profile.user != user:
        raise Refused(f"this is the profile of {joined.profile.user}, not of {user}")
    return joined


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
