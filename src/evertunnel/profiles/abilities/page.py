"""The page about platforms, made from the table: `python -m evertunnel.profiles.abilities.page` prints it."""

import sys

from evertunnel.profiles.abilities.model import BOTH, Carries, Platform, Row
from evertunnel.profiles.abilities.rows import ROWS

HEADER = """\
# What each platform carries

<!-- Made by `python -m evertunnel.profiles.abilities.page`: change rows.py beside it instead. -->

Windows is what Always On VPN was made for; elsewhere a plan's profile says more than a client can do. A build of
profiles warns of each setting that the plan asks for and that does not arrive. Here is all of it.

"""
TITLES = {
    Platform.PROFILE_XML: "Windows (ProfileXML)",
    Platform.INTUNE: "Windows (Intune's settings)",
    Platform.APPLE: "Apple",
    Platform.ANDROID: "Android (strongSwan)",
    Platform.LINUX: "Linux (agent)",
    Platform.NETWORK_MANAGER: "Linux (NetworkManager)",
    Platform.STRONGSWAN: "strongSwan",
}


def page() -> str:
    """The page, in Markdown."""
    return HEADER + _table() + "".join(_section(platform) for platform in Platform)


def _table() -> str:
    heads = "".join(f" {title} |" for title in TITLES.values())
    lines = "".join(f"| {_name(row)} |{''.join(_cell(row, each) for each in Platform)}\n" for row in ROWS)
    return f"| setting |{heads}\n|---|{'---|' * len(TITLES)}\n{lines}"


def _cell(row: Row, platform: Platform) -> str:
    ability = row.on(platform)
    word = f"{ability.since} and later" if ability.since else ability.carries.value
    return f" {word} |"


def _section(platform: Platform) -> str:
    lacking = [row for row in ROWS if row.on(platform).carries is not Carries.YES]
    lines = "".join(f"- {_name(row)}: {row.on(platform).what}.\n" for row in lacking)
    return f"\n## {TITLES[platform]}\n\n{lines}"


def _name(row: Row) -> str:
    kind = "" if row.kinds == BOTH else f"{row.kinds[0].value}_tunnel"
    name = ".".join(part for part in (kind, row.setting) if part)
    return f"`{name}`" + (f" ({row.value})" if row.value else "")


if __name__ == "__main__":
    sys.stdout.write(page())
