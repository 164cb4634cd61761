"""The tree keeps the shape that CONTRIBUTING.md describes."""

import ast
import functools
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "evertunnel"
UNIT = ROOT / "tests" / "unit"

# Source that has no unit test of its own, by path or folder, and why. What is tested elsewhere names where.
TESTED_ELSEWHERE = {
    "__main__.py": "one call",
    "drivers/dynamic_values.py": "declarations, tried by tests/unit/drivers/test_dynamic_authorisation.py",
    "gateway/admission.py": "declarations, tried by tests/unit/gateway/test_sessions.py",
    "errors.py": "its only behaviour is a doctest",
    "paths.py": "constants",
    "directory/tables.py": "declarations, held against the migrations by tests/unit/store/test_migrate.py",
    "plan/certificates.py": "declarations, read by tests/unit/plan/test_load.py",
    "plan/directory.py": "the same",
    "plan/firewall.py": "the same",
    "plan/gateway.py": "the same",
    "plan/hosts.py": "the same",
    "plan/limits.py": "the same",
    "plan/organisation.py": "the same",
    "plan/profiles.py": "the same",
    "plan/radius.py": "the same",
    "plan/settings.py": "the same",
    "plan/tunnels.py": "the same",
    "profiles/delivery.py": "declarations, given by every delivery",
    "profiles/vpnv2/eap.py": "declarations, held by tests/property/test_profiles.py",
    "profiles/vpnv2/model.py": "the same",
    "profiles/vpnv2/nodes.py": "the same",
    "profiles/vpnv2/read_eap.py": "tried by tests/unit/profiles/vpnv2/test_read.py",
    "services/sessions_engines.py": "declarations, given by tests/unit/services/test_sessions.py",
    "store/migrations": "run by tests/unit/store",
    "drivers/fake.py": "passes the same tests as what it stands for: tests/contract",
    "drivers/fake_nft.py": "the same",
    "drivers/namespaces": "needs root: tests/engine",
    "lab": "the rehearsal is its test; what decides in it has unit tests all the same",
    "cli/apply.py": "hands over to control_plane: tests/engine/command_line",
    "cli/bundle.py": "the same",
    "cli/ca.py": "the same",
    "cli/certificate.py": "the same",
    "cli/client.py": "the same",
    "cli/device.py": "the same",
    "cli/group.py": "the same",
    "cli/lab.py": "the same",
    "cli/preview.py": "the same",
    "cli/profile_build.py": "tried by tests/unit/cli/test_profile.py",
    "cli/profile_diff.py": "the same",
    "cli/profile_files.py": "the same",
    "cli/profile_import.py": "the same",
    "cli/profile_write.py": "the same",
    "cli/rehearse.py": "hands over to control_plane: tests/engine/command_line",
    "cli/remove.py": "the same",
    "cli/restore.py": "the same; run by systemd in tests/engine/test_systemd.py",
    "cli/secret.py": "the same",
    "cli/service.py": "the same",
    "cli/supervise.py": "the same",
    "cli/user.py": "the same",
    "cli/verify.py": "the same",
    "control_plane/certificates.py": "needs a host with signer and store: tests/engine/command_line",
    "control_plane/clients.py": "the same",
    "control_plane/devices.py": "the same",
    "control_plane/groups.py": "the same",
    "control_plane/hosts.py": "the same",
    "control_plane/status.py": "the same",
    "control_plane/users.py": "the same",
    "control_plane/world.py": "where things lie: tests/engine/command_line",
}
# Tests that mirror no single source file.
ABOUT_THE_TREE = {"test_layout.py", "test_repository.py"}

LONGEST_FILE = 500
LONGEST_FUNCTION = 60
LONGEST_MAP = 20


def test_each_source_file_has_its_unit_test_or_a_reason_for_none() -> None:
    without = [
        str(path.relative_to(SOURCE))
        for path in sources()
        if path.name != "__init__.py" and not mirror(path).exists() and not excused(path)
    ]

    assert without == []


def test_each_reason_is_about_something_that_exists() -> None:
    gone = [name for name in TESTED_ELSEWHERE if not (SOURCE / name).exists()]

    assert gone == []


def test_each_unit_test_mirrors_a_source_file_or_folder() -> None:
    strays = [
        str(test.relative_to(UNIT))
        for test in sorted(UNIT.rglob("test_*.py"))
        if test.name not in ABOUT_THE_TREE and not mirrored(test)
    ]

    assert strays == []


def test_tests_are_no_packages() -> None:
    assert sorted((ROOT / "tests").rglob("__init__.py")) == []


def test_each_top_level_package_has_its_place_among_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {name.strip(" ()") for row in layers for name in row.replace("|", ":").split(":")}

    unplaced = [name for name in top_level() if name not in placed]

    assert unplaced == []


@pytest.mark.parametrize("kind", ["src", "tests", "bench", "tools"])
def test_no_file_is_longer_than_a_reader_can_hold(kind: str) -> None:
    too_long = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / kind).rglob("*.py"))
        if len(path.read_text().splitlines()) > LONGEST_FILE
    ]

    assert too_long == []


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}: {function.name}"
        for path in sources()
        for function in nodes(path)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]

    assert too_long == []


def test_each_package_opens_with_a_map_of_at_most_twenty_lines() -> None:
    wrong = [
        str(path.relative_to(SOURCE))
        for path in sources()
        if path.name == "__init__.py"
        and not 0 < len((ast.get_docstring(ast.parse(path.read_text())) or "").splitlines()) <= LONGEST_MAP
    ]

    assert wrong == []


def test_no_module_changes_a_global() -> None:
    wrong = [
        str(path.relative_to(SOURCE)) for path in sources() if any(isinstance(node, ast.Global) for node in nodes(path))
    ]

    assert wrong == []


def sources() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "__pycache__" not in path.parts)


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text())))


def top_level() -> list[str]:
    folders = {path.relative_to(SOURCE).parts[0].removesuffix(".py") for path in sources()}
    return sorted(folders - {"__init__"})


def mirror(path: Path) -> Path:
    return UNIT / path.relative_to(SOURCE).parent / f"test_{path.name}"


def excused(path: Path) -> bool:
    relative = path.relative_to(SOURCE)
    return any(str(part) in TESTED_ELSEWHERE for part in (relative, *relative.parents))


def mirrored(test: Path) -> bool:
    """Holds also for a test of a whole package and for one part of a file's tests: test_render_firewall of render."""
    folder = SOURCE / test.relative_to(UNIT).parent
    name = test.stem.removeprefix("test_")
    if (folder / name).is_dir():
        return True
    words = name.split("_")
    return any((folder / f"{'_'.join(words[:count])}.py").exists() for count in range(len(words), 0, -1))
