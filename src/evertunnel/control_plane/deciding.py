"""The policy that decides on this host, as it was applied last."""

from pathlib import Path

from evertunnel import documents
from evertunnel.control_plane.bundles import Bundle
from evertunnel.errors import EngineUnavailable, NotFound
from evertunnel.radius.model import SETTINGS, PolicySettings


def applied(path: Path = SETTINGS) -> PolicySettings:
    """The policy service's settings on this host."""
    found = find_applied(path)
    if found is None:
        raise NotFound("no policy is applied on this host. Ask where the policy service is, after: evertunnel apply")
    return found


def find_applied(path: Path = SETTINGS) -> PolicySettings | None:
    """The same, if this is the policy service's host."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EngineUnavailable(f"{path}: {error.strerror}") from error
    return documents.from_json(PolicySettings, text, name=str(path))


def wanted(bundle: Bundle, path: Path = SETTINGS) -> PolicySettings | None:
    """The settings that a bundle brings, if it is for the policy service's host."""
    files = bundle.radius.local.files if bundle.radius else ()
    text = next((file.content for file in files if file.path == path), None)
    return None if text is None else documents.from_json(PolicySettings, text, name=str(path))
