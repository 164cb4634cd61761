"""The reference page of codes and causes, made from the tables: `python -m evertunnel.explain.reference` prints it."""

import sys
from collections.abc import Iterator

from evertunnel.explain import catalogue
from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.model import Cause, Code, Family

HEADER = """\
# Error codes

<!-- Made by `python -m evertunnel.explain.reference`: change the files in src/evertunnel/explain instead. -->

What `evertunnel explain` knows. A code without a meaning is known by its name alone. Causes stand most likely first;
each is told once, below the codes. Names in commands, such as laptop1 and vpn.contoso.com, are examples.
"""


def reference() -> str:
    """The page, in Markdown."""
    known = catalogue.load()
    return HEADER + "".join((*(_family(known, family) for family in Family), *_causes(known)))


def _family(known: Catalogue, family: Family) -> str:
    rows = "".join(_row(code) for code in known.codes if code.family is family)
    return f"\n## {family.title}s\n\n| code | name | meaning | causes |\n|---|---|---|---|\n{rows}"


def _row(code: Code) -> str:
    name = f"{code.source}: {code.name}" if code.source else code.name
    causes = ", ".join(f"[{cause.id}](#{cause.id})" for cause in code.causes)
    return f"| `{code.written}` | {name} | {code.meaning} | {causes} |\n"


def _causes(known: Catalogue) -> Iterator[str]:
    yield "\n## Causes\n"
    for cause in sorted(known.causes.values(), key=lambda cause: cause.id):
        yield _cause(cause)


def _cause(cause: Cause) -> str:
    reported = " Reported from the field." if cause.reported else ""
    looks = "".join(
        f"- {look.at.value}: `{look.run}`{f'; see: {look.see}' if look.see else ''}\n" for look in cause.look
    )
    return f"\n### {cause.id}\n\n{cause.what}{reported}\n\n{looks}- mend: {cause.mend}\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
