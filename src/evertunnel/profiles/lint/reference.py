"""The reference page of the rules, made from them: `python -m evertunnel.profiles.lint.reference` prints it."""

import sys

from evertunnel.profiles.lint.mend import MENDED
from evertunnel.profiles.lint.rule import Rule
from evertunnel.profiles.lint.rules import RULES, SET_RULES
from evertunnel.profiles.lint.set_rule import SetRule

HEADER = """\
# What `profile lint` finds

<!-- Made by `python -m evertunnel.profiles.lint.reference`: change src/evertunnel/profiles/lint instead. -->

`evertunnel profile lint FILE` reads ProfileXML, tolerantly, and says what is wrong with it. An **error** is what
Windows refuses or ignores though it was meant, what cannot connect, and what is insecure by any standard. A **warning**
works, and is a trap. A **note** is good to know. The exit status is 1 with at least one error.

Each file is looked at by itself, and then beside the others of the same call: name together what one machine or one
person gets.

Rules about older Windows are asked with `--windows`, rules about the gateway with `--plan`. `--fix` mends what needs no
decision; these rules say *mended by --fix*.
"""
FAMILIES = {
    "RD": "Reading the file",
    "GE": "The profile as a whole",
    "DT": "Device tunnel",
    "LD": "LockDown",
    "AU": "Authentication",
    "CR": "Cryptography",
    "RT": "Routing",
    "NR": "Name resolution",
    "TF": "Traffic filters and apps",
    "VE": "Older Windows",
    "PL": "Against the plan",
    "SP": "Several profiles",
}

# What no profile shows, and its reader should know.
INTRODUCTIONS = {
    "DT": "One per device, delivered as LOCAL SYSTEM, on Enterprise or Education of Windows 10 1709 and later."
    " Microsoft says that the device must be joined to a domain; in practice Entra-joined ones work. Which machine"
    " certificate is shown cannot be said in the profile: `Set-VpnConnection -MachineCertificateEKUFilter` does it"
    " afterwards.",
    "VE": "Asked with `--windows`, or for the `clients.windows` of the plan.",
    "PL": "Asked with `--plan`.",
    "SP": "Asked of the files of one call, and told at one of them with the other's name. No file shows which profiles"
    " go to one machine or to one person, so none of these is an error, and where they go to different ones nothing is"
    " to be done. Files that hold the same profile, as for scripts and for Intune, count as one. A note that says the"
    " same of a file by itself is not told beside it.",
}


def reference() -> str:
    """The page, in Markdown."""
    return HEADER + "".join(_family(prefix, title) for prefix, title in FAMILIES.items())


def _family(prefix: str, title: str) -> str:
    rules: tuple[Rule | SetRule, ...] = (*RULES, *SET_RULES)
    entries = sorted((rule for rule in rules if rule.code.startswith(prefix)), key=lambda rule: rule.code)
    said = f"\n{INTRODUCTIONS[prefix]}\n" if prefix in INTRODUCTIONS else ""
    return f"\n## {title}\n{said}" + "".join(map(_entry, entries))


def _entry(rule: Rule | SetRule) -> str:
    mended = " · mended by --fix" if rule in MENDED else ""
    head = f"\n### {rule.code}\n\n{rule.severity.value} · {rule.class_.value}{mended}\n\n"
    return f"{head}**{rule.title}** {' '.join(rule.explanation.split())}\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
