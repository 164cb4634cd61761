"""What lies in the repository speaks of the product alone, gives its reasons, and names only what exists."""

import functools
import os
import re
import tomllib
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from evertunnel.cli.main import VERBS
from evertunnel.lab.claims import CLAIMS

ROOT = Path(__file__).parents[2]
LEFT_OUT = {".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
LEFT_OUT |= {".import_linter_cache", ".coverage", "build", "dist"}
TEXT = {"", ".py", ".md", ".toml", ".txt", ".sh", ".ini", ".cfg", ".json", ".yaml", ".conf", ".nft", ".mako", ".in"}

# Host names of package registries, and paths of somebody's machine; written so that this file does not hold them.
FOREIGN = re.compile(r"pypi[.]org|python[h]osted|deb[.]debian[.]org|npmjs[.]|[/]work[/]|[/]home[/]|[/]opt[/]wheels")

# RFC 5737 and 2544 for documentation and benchmarks, RFC 1918, 6598 and 3927 for private use, and what is nobody's.
# The last two are what short object identifiers look like.
EXAMPLE_NETWORKS = [
    IPv4Network(text)
    for text in (
        *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15"),
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"),
        *("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"),
        *("1.0.0.0/8", "2.0.0.0/8"),
    )
]
EDGES_OF_RANGES = {"128.0.0.0", "172.32.0.1"}
ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\.\d|\d)")
SUPPRESSION = re.compile(
    r"#\s*(?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\])(?P<reason>.*)"
)
BARE_SUPPRESSION = re.compile(r"#\s*(?:noqa(?!: [A-Z]+\d)|type: ignore(?!\[))")
COMMAND = re.compile(r"(?:^|[`$ ])(?:sudo )?evertunnel ([a-z][a-z-]*)((?: [^`\n|;]*)?)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)(?:#[^)]*)?\)")


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    found = [f"{name(path)}: {word}" for path in texts() for word in FOREIGN.findall(path.read_text(errors="replace"))]

    assert found == []


def test_addresses_are_for_documentation_or_private() -> None:
    found = [
        f"{name(path)}: {match}"
        for path in texts()
        if path.parent.name != "requirements"
        for match in ADDRESS.findall(re.sub(r"RFC \d+ [\d.]+", "", path.read_text(errors="replace")))
        if is_address(match) and not any(IPv4Address(match) in network for network in EXAMPLE_NETWORKS)
    ]

    assert found == []


def test_each_ignore_of_ruff_has_its_reason() -> None:
    without = [line.strip() for line in ignores((ROOT / "pyproject.toml").read_text()) if "#" not in line]

    assert without == []


def test_each_suppression_in_the_source_has_its_reason() -> None:
    without = [
        f"{name(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if BARE_SUPPRESSION.search(line)
        or any(not match["reason"].strip(" ()#:") for match in SUPPRESSION.finditer(line))
    ]

    assert without == []


def test_documents_name_only_verbs_that_exist() -> None:
    unknown = [
        f"{name(path)}: evertunnel {verb}"
        for path in documents()
        for verb, _ in COMMAND.findall(code_of(path.read_text()))
        if verb not in VERBS
    ]

    assert unknown == []


def test_documents_name_only_options_that_exist() -> None:
    unknown = [
        f"{name(path)}: evertunnel {verb} {option}"
        for path in documents()
        for verb, rest in COMMAND.findall(code_of(path.read_text()))
        for option in re.findall(r"--[a-z][a-z-]+", rest)
        if verb in VERBS and f'"{option}"' not in source_of(verb)
    ]

    assert unknown == []


def test_security_names_only_claims_that_exist() -> None:
    rows = [line.split("|")[3] for line in (ROOT / "SECURITY.md").read_text().splitlines() if line.count("|") == 4]

    unknown = {claim for row in rows for claim in re.findall(r"`([a-z0-9-]+)`", row)} - {claim.id for claim in CLAIMS}

    assert unknown == set()


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{name(path)}: {target}"
        for path in documents()
        for target in LINK.findall(path.read_text())
        if not (path.parent / target).exists()
    ]

    assert broken == []


def test_each_dependency_is_argued_for() -> None:
    argued = (ROOT / "docs" / "explanation" / "dependencies.md").read_text().lower()

    missing = [dependency for dependency in declared() if f"| `{dependency}`" not in argued]

    assert missing == []


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt"])
def test_the_lock_pins_each_package_by_version_and_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z])", (ROOT / "requirements" / lock).read_text())[1:]

    loose = [entry for entry in entries if not re.match(r"[a-z0-9-]+==\S+.*\\\n +--hash=sha256:[0-9a-f]{64}", entry)]

    assert entries
    assert loose == []


def test_the_locks_hold_what_is_declared_and_agree() -> None:
    run, dev = locked("run.txt"), locked("dev.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert set(project["project"]["dependencies"]) <= {package.split("==")[0] for package in run}
    assert {requirement.replace("_", "-") for requirement in project["build-system"]["requires"]} <= run
    assert run <= dev


def test_ci_runs_check_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()

    assert lines == ["#!/bin/sh", 'exec "$(dirname "$0")/../check"']


@pytest.mark.parametrize("program", ["try", "check", ".ci/run"])
def test_programs_can_be_run(program: str) -> None:
    assert (ROOT / program).stat().st_mode & 0o111 == 0o111


@functools.cache
def texts() -> tuple[Path, ...]:
    found = (
        Path(folder) / file
        for top in ROOT.iterdir()
        if top.name not in LEFT_OUT
        for folder, _, files in (os.walk(top) if top.is_dir() else [(ROOT, (), (top.name,))])
        for file in files
    )
    return tuple(
        sorted(path for path in found if path.suffix in TEXT and not LEFT_OUT & {*path.relative_to(ROOT).parts})
    )


def python_files() -> list[Path]:
    return [path for path in texts() if path.suffix == ".py"]


def documents() -> list[Path]:
    return [path for path in texts() if path.suffix == ".md"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_address(text: str) -> bool:
    return text not in EDGES_OF_RANGES and all(int(part) < 256 for part in text.split("."))


def ignores(pyproject: str) -> list[str]:
    lint = pyproject[pyproject.index("\nignore = [") : pyproject.index("[tool.ruff.lint.flake8-tidy-imports")]
    return [line for line in lint.splitlines() if re.search(r'"[A-Z]+\d*"', line)]


def code_of(markdown: str) -> str:
    blocks = re.findall(r"```[a-z]*\n(.*?)```", markdown, flags=re.DOTALL)
    inline = re.findall(r"`[^`\n]+`", re.sub(r"```.*?```", "", markdown, flags=re.DOTALL))
    return "\n".join([*blocks, *inline])


def source_of(verb: str) -> str:
    folder = ROOT / "src" / "evertunnel" / "cli"
    module = VERBS[verb].module
    files = [folder / "main.py", folder / f"{module}.py", *sorted(folder.glob(f"{module}_*.py")), folder / "wanted.py"]
    return "\n".join(file.read_text() for file in files if file.exists())


def declared() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tables = project["project"]
    build = [requirement.split("==")[0] for requirement in project["build-system"]["requires"]]
    return [*tables["dependencies"], *tables["optional-dependencies"]["dev"], *build]


def locked(lock: str) -> set[str]:
    return set(re.findall(r"^[a-z0-9-]+==[^ ;]+", (ROOT / "requirements" / lock).read_text(), flags=re.MULTILINE))
