"""How far the present charon is from being reachable, and what is done about it: the part of sessions.py that opens."""

from evertunnel.gateway.admission import (
    Close,
    Command,
    Connected,
    Door,
    Flush,
    Load,
    Loaded,
    OpenLatch,
    Prove,
    Proved,
)

PROVE_SECONDS = 1.0
NEVER = float("inf")


class Doorkeeper:
    """Opens the latch to a charon that has all its connections, once RADIUS answers; it alone does."""

    def __init__(self) -> None:
        self.instance = ""
        self.door = Door.ABSENT
        self._prove_next = NEVER

    def turn(self, event: Connected | Loaded | Proved, now: float) -> tuple[Command, ...]:
        """Takes what became of a charon instance; gives what is to be done, in order."""
        match event:
            case Connected():
                return self._connected(event.instance)
            case Loaded():
                return self._loaded(event.instance)
            case Proved():
                return self._proved(event, now)

    def tick(self, now: float) -> tuple[Command, ...]:
        """Asks again whether RADIUS is there, when it is time to."""
        if self.door is not Door.PROVING or now < self._prove_next:
            return ()
        self._prove_next = NEVER
        return (Prove(instance=self.instance),)

    def _connected(self, instance: str) -> tuple[Command, ...]:
        commands: list[Command] = []
        if instance != self.instance:
            commands.append(Close() if self.instance else Flush())
            self.instance = instance
            self.door = Door.LOADING
        if self.door is Door.LOADING:
            commands.append(Load(instance=instance))
        return tuple(commands)

    def _loaded(self, instance: str) -> tuple[Command, ...]:
        if instance != self.instance or self.door is not Door.LOADING:
            return ()
        self.door = Door.PROVING
        return (Prove(instance=instance),)

    def _proved(self, event: Proved, now: float) -> tuple[Command, ...]:
        if event.instance != self.instance or self.door is not Door.PROVING:
            return ()
        if not event.alive:
            self._prove_next = now + PROVE_SECONDS
            return ()
        self.door = Door.OPEN
        return (OpenLatch(),)
