"""Documents of ours (plan, bundle, saved state, requests): plain values to frozen dataclasses and back.

`read` refuses what it does not fully understand, with every problem at once; `write` gives what `read` takes, so that
`read(type(x), write(x)) == x`. The one place where text becomes typed values, for every format (TOML, JSON).

    convert      read, read_known, write, from_json, parse_json, to_json
    scalars      one value: text, numbers, names, addresses, secrets
    containers   tables, lists, records, unions of records
    wording      how problems are worded: key paths, shown values, suggestions
"""

from evertunnel.documents.convert import from_json, parse_json, read, read_known, to_json, write
from evertunnel.documents.wording import near, shown, step

__all__ = ["from_json", "near", "parse_json", "read", "read_known", "shown", "step", "to_json", "write"]
