"""Profiles that a command line names."""

from pathlib import Path

from evertunnel.cli.files import open_to_read
from evertunnel.documents.xml import LARGEST, NotWellFormed
from evertunnel.errors import DocumentError, Problem
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.reading import Kind, Reading


def read_profile(path: Path) -> Reading:
    """The profile in a file; a DocumentError when there is none in it."""
    with open_to_read(path) as file:
        content = file.read(LARGEST + 1)
    try:
        reading = read(content)
    except NotWellFormed as error:
        raise _wrong(path, "(whole file)", str(error), "Mend the XML there.") from None
    for remark in reading.remarks:
        if remark.kind is Kind.UNKNOWN and "/" not in remark.path:
            what = f"its element is {remark.seen}, not VPNProfile"
            raise _wrong(path, f"line {remark.line}", what, "Name a file with a VPNProfile or an EapHostConfig.")
    return reading


def _wrong(path: Path, where: str, what: str, mend: str) -> DocumentError:
    return DocumentError(str(path), [Problem(path=where, what=what, mend=mend)])
