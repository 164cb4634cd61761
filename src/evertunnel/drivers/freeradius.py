"""FreeRADIUS's program: its version, and whether it would take a configuration."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from evertunnel.drivers.host.processes import run
from evertunnel.errors import EngineRejected

VERSION = re.compile(r"FreeRADIUS Version (\d+)\.(\d+)\.(\d+)")


class Freeradius:
    """The `freeradius` on this host."""

    def version(self) -> tuple[int, int, int]:
        """As the program says it."""
        words = run(["freeradius", "-v"])
        found = VERSION.search(words)
        if found is None:
            raise EngineRejected(f"freeradius -v does not say its version: {words[:200]}")
        return int(found[1]), int(found[2]), int(found[3])

    def check(self, files: Mapping[str, str]) -> None:
        """Has FreeRADIUS read these files from a directory of their own; EngineRejected if it would not start."""
        with tempfile.TemporaryDirectory(prefix="evertunnel-radius-") as directory:
            for name, content in files.items():
                # FreeRADIUS refuses files that anybody may write, and they hold secrets.
                path = Path(directory) / name
                path.touch(mode=0o600)
                path.write_text(content)
            try:
                run(["freeradius", "-C", "-d", directory, "-n", "radiusd", "-l", "stdout"])
            except EngineRejected as error:
                raise EngineRejected(complaints(str(error)).replace(directory, "freeradius")) from error


def complaints(words: str) -> str:
    """The errors in FreeRADIUS's log; all of it when none is marked as one."""
    errors = [line.split(" : Error: ", 1)[1].strip() for line in words.splitlines() if " : Error: " in line]
    return "\n".join(errors) or words
