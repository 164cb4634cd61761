"""Every error that Evertunnel raises on purpose.

    EvertunnelError
      DocumentError          a document of ours (plan, bundle, request) is wrong: every problem at once
      Refused                policy said no: carries the reasons
      NotFound               what was named does not exist
      EngineError            carries the engine's own words
        EngineUnavailable    try again later
        EngineRejected       do not try again

Lower layers raise; only cli, console and the agent turn errors into exit codes, pages and retries.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class EvertunnelError(Exception):
    """Something went wrong that the reader can act on; the text says what, where and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a document: where (a key path such as `pools.devices.network`), what, and the mend.

    The path is empty where there is no document to look into.
    """

    path: str
    what: str
    mend: str

    def __str__(self) -> str:
        """Gives the line that a person reads.

        >>> str(Problem(path="pools.devices.network", what="'10.9.0.0/33' is not a network", mend="Write 10.9.0.0/24."))
        "pools.devices.network: '10.9.0.0/33' is not a network. Write 10.9.0.0/24."
        """
        where = f"{self.path}: " if self.path else ""
        return f"{where}{self.what}. {self.mend}"


class DocumentError(EvertunnelError):
    """A document of ours is wrong; `problems` holds all that was found, in the document's order."""

    def __init__(self, document: str, problems: Sequence[Problem]) -> None:
        self.document = document
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{document}: {problem}" for problem in problems))


class Refused(EvertunnelError):
    """Policy said no; `reasons` are sentences for the person who asked."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__("\n".join(reasons))


class NotFound(EvertunnelError):
    """What was named does not exist."""


class EngineError(EvertunnelError):
    """An engine failed; the text carries its own words."""


class EngineUnavailable(EngineError):
    """The engine did not answer; trying again later may work."""


class EngineRejected(EngineError):
    """The engine answered no; trying the same again will not work."""
