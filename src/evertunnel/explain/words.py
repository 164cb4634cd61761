"""An explanation as lines for a person, and as a document for programs."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from evertunnel.explain.model import Cause, Code, Look, Place, Sighting, Standing, Verdict

NARROWEST = 40
UNSEEN = Verdict(standing=Standing.NOT_CHECKED)
# What speaks for a cause comes first, what speaks against it last; among equals the likelier one.
ORDER = (Standing.FOUND, Standing.NOT_CHECKED, Standing.RULED_OUT)
EXAMPLES = "Names in commands, such as laptop1, alice, vpn.contoso.com and Contoso VPN, are examples: put in yours."
ONLY_A_NAME = "Nothing but this name is known of it here: look for what stands before it in the log."


def lines(sightings: Sequence[Sighting], verdicts: Mapping[str, Verdict], *, width: int) -> Iterator[str]:
    """What was found, with its causes; `verdicts` say what looking at a cause gave, by its id."""
    width = max(width, NARROWEST)
    groups = [list(group) for _, group in groupby(sightings, key=lambda each: each.code.number)]
    for place, group in enumerate(groups):
        if place:
            yield from ("", "-" * width, "")
        yield from _of_number(group, verdicts, width)
    if any(group[0].code.causes for group in groups):
        yield ""
        yield from _wrapped(EXAMPLES, 2, width)


def document(sightings: Sequence[Sighting], verdicts: Mapping[str, Verdict]) -> dict[str, object]:
    """The same for programs."""
    return {"found": [_sighting_document(each, verdicts) for each in sightings]}


def _of_number(group: list[Sighting], verdicts: Mapping[str, Verdict], width: int) -> Iterator[str]:
    """One number: its likeliest code in full, and what else it may be."""
    first, *others = group
    others = [each for each in others if each.code != first.code]
    yield from _heading(first.code, width)
    yield from _said(first, width)
    yield from _causes(first, verdicts, width)
    if others:
        exact = ", ".join(dict.fromkeys(each.code.key for each in (first, *others)))
        yield ""
        yield from _wrapped(f"The same number is also one of these; to be exact: {exact}", 2, width)
        for each in others:
            yield ""
            yield from (f"  {line}" for line in _heading(each.code, width - 2))


def _heading(code: Code, width: int) -> Iterator[str]:
    source = f" of {code.source}" if code.source else ""
    yield f"{code.written}  {code.name}  ({code.family.title}{source})"
    yield from _wrapped(code.meaning or ONLY_A_NAME, 2, width)


def _said(sighting: Sighting, width: int) -> Iterator[str]:
    if sighting.said:
        yield ""
        yield from _wrapped(f"Found in: {plain(sighting.said)}", 2, width)
    for name, value in sighting.details:
        yield f"    {name}: {plain(value)}"


def _causes(sighting: Sighting, verdicts: Mapping[str, Verdict], width: int) -> Iterator[str]:
    judged = _judged(sighting, verdicts)
    told = judged[:1] if sighting.cause else judged
    if told:
        yield ""
        yield "  Causes, the likeliest first:" if len(told) > 1 else "  The cause:"
    for number, (cause, verdict) in enumerate(told, start=1):
        yield ""
        yield from _cause(number, cause, verdict, width)
    if len(told) < len(judged):
        yield ""
        yield from _wrapped(f"All causes of this code: evertunnel explain {sighting.code.key}", 2, width)


def _judged(sighting: Sighting, verdicts: Mapping[str, Verdict]) -> list[tuple[Cause, Verdict]]:
    causes = sighting.code.causes
    if sighting.cause is not None and sighting.cause not in causes:
        causes = (sighting.cause, *causes)
    pairs = [(cause, _verdict(sighting, cause, verdicts)) for cause in causes]
    return sorted(pairs, key=lambda pair: ORDER.index(pair[1].standing))


def _verdict(sighting: Sighting, cause: Cause, verdicts: Mapping[str, Verdict]) -> Verdict:
    if cause == sighting.cause:
        return Verdict(standing=Standing.FOUND, evidence="the log itself says so")
    return verdicts.get(cause.id, UNSEEN)


def _cause(number: int, cause: Cause, verdict: Verdict, width: int) -> Iterator[str]:
    reported = " (Reported from the field.)" if cause.reported else ""
    first, *rest = _wrapped(f"{cause.what}{reported}", 5, width)
    yield f"{number:>3}. {first.lstrip()}"
    yield from rest
    if verdict != UNSEEN:
        yield from _wrapped(f"{verdict.standing.value}: {plain(verdict.evidence)}", 5, width)
    if verdict.standing is Standing.RULED_OUT:
        return
    for place, looks in groupby(cause.look, key=lambda look: look.at):
        yield from _look(place, list(looks), width)
    yield from _wrapped(f"mend   {cause.mend}", 5, width, hanging=7)
    if verdict.run:
        yield f"              {verdict.run}"


def _look(place: Place, looks: list[Look], width: int) -> Iterator[str]:
    yield f"     check  {place.value}"
    for look in looks:
        yield f"              {look.run}"  # never broken: it is there to be copied
        if look.see:
            yield from _wrapped(f"see: {look.see}", 16, width, hanging=5)


def _wrapped(text: str, indent: int, width: int, *, hanging: int = 0) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )


def plain(text: str) -> str:
    """Text from a stranger's log as it may stand on a terminal: no control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _sighting_document(sighting: Sighting, verdicts: Mapping[str, Verdict]) -> dict[str, object]:
    code = sighting.code
    return {
        "code": code.key,
        "family": code.family.title,
        "number": code.number,
        "name": code.name,
        "source": code.source,
        "meaning": code.meaning,
        "said": sighting.said,
        "details": dict(sighting.details),
        "causes": [_cause_document(cause, verdict) for cause, verdict in _judged(sighting, verdicts)],
    }


def _cause_document(cause: Cause, verdict: Verdict) -> dict[str, object]:
    return {
        "id": cause.id,
        "what": cause.what,
        "reported": cause.reported,
        "standing": verdict.standing.value.lower(),
        "evidence": verdict.evidence,
        "check": [{"at": look.at.value, "run": look.run, "see": look.see} for look in cause.look],
        "mend": cause.mend,
        "run": verdict.run,
    }
