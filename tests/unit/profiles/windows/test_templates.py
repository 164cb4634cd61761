"""Each script, read by two grammars of PowerShell and held against lists. None is run: that needs Windows."""

import functools
import re
from collections.abc import Iterator

import pytest
import tree_sitter
import tree_sitter_powershell
import tree_sitter_pwsh
from tree_sitter import Node

from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.windows import group_policy, powershell, sccm

GRAMMARS = {
    "pwsh": tree_sitter.Language(tree_sitter_pwsh.language()),
    "powershell": tree_sitter.Language(tree_sitter_powershell.language()),
}

# Of each cmdlet the parameters that its page in Microsoft's reference has and that a script here uses.
CMDLETS = {
    "Add-Content": "LiteralPath Value Encoding",
    "Copy-Item": "LiteralPath Destination Force",
    "ForEach-Object": "Process",
    "Get-ChildItem": "LiteralPath Recurse",
    "Get-CimAssociatedInstance": "InputObject ResultClassName",
    "Get-CimInstance": "ClassName Filter",
    "Get-Date": "Format",
    "Get-Item": "LiteralPath",
    "Get-ScheduledTask": "TaskPath TaskName ErrorAction",
    "Get-ScheduledTaskInfo": "",
    "Get-VpnConnection": "Name AllUserConnection ErrorAction",
    "Invoke-CimMethod": "InputObject MethodName",
    "Join-Path": "Path ChildPath",
    "New-CimSession": "",
    "New-Item": "Path ItemType Force",
    "New-Object": "TypeName ArgumentList Property",
    "New-ScheduledTaskAction": "Execute Argument",
    "New-ScheduledTaskPrincipal": "UserId LogonType RunLevel",
    "New-ScheduledTaskSettingsSet": (
        "AllowStartIfOnBatteries DontStopIfGoingOnBatteries ExecutionTimeLimit MultipleInstances"
    ),
    "New-ScheduledTaskTrigger": "AtLogOn",
    "New-TimeSpan": "Minutes",
    "Out-Null": "",
    "Register-ScheduledTask": "TaskName TaskPath Action Trigger Principal Settings Force",
    "Remove-CimSession": "CimSession",
    "Remove-Item": "LiteralPath Recurse Force ErrorAction",
    "Remove-ItemProperty": "LiteralPath Name ErrorAction",
    "Set-ItemProperty": "LiteralPath Name Value Type",
    "Set-StrictMode": "Version",
    "Set-VpnConnection": "Name AllUserConnection Force",
    "Set-VpnConnectionIPsecConfiguration": "ConnectionName AllUserConnection Force",
    "Sort-Object": "Unique",
    "Start-ScheduledTask": "",
    "Start-Sleep": "Seconds",
    "Test-Path": "LiteralPath",
    "Unregister-ScheduledTask": "Confirm",
    "Where-Object": "FilterScript",
    "Write-Information": "MessageData InformationAction",
    "Write-Output": "InputObject",
    "Write-Verbose": "Message",
    "Write-Warning": "Message",
}
SPLATTED = {
    "Set-VpnConnection": "MachineCertificateEKUFilter MachineCertificateIssuerFilter",
    "Set-VpnConnectionIPsecConfiguration": (
        "AuthenticationTransformConstants CipherTransformConstants DHGroup EncryptionMethod"
        " IntegrityCheckMethod PfsGroup"
    ),
}
# What is called by its path: PowerShell itself, rasdial, and the block that a caller gives.
PROGRAMS = {"$Shell", "$native", "$Finish"}
RASDIAL = "(Join-Path -Path $env:SystemRoot -ChildPath 'System32\\rasdial.exe')"
AUTOMATIC = {
    *("_", "env", "ErrorActionPreference", "ExecutionContext", "false", "LASTEXITCODE", "null", "PSBoundParameters"),
    *("PSCommandPath", "PSScriptRoot", "PSVersionTable", "true"),
}
VARIABLE = re.compile(r"(?<![`\w])[$@]([A-Za-z_]\w*)(:?)")


@pytest.fixture(scope="module", params=["contoso", "hostile"])
def scripts(request: pytest.FixtureRequest, plan: Plan, hostile: Plan, trust: Trust) -> dict[str, str]:
    chosen = plan if request.param == "contoso" else hostile
    return {
        str(document.path): document.content.decode("utf-8-sig")
        for build in (powershell.build, sccm.build, group_policy.build)
        for document in build(chosen, trust).documents
        if document.path.suffix == ".ps1"
    }


def test_each_script_is_right_for_both_grammars(scripts: dict[str, str]) -> None:
    assert {path: found for path, text in scripts.items() if (found := syntax_errors(text))} == {}


def test_scripts_call_only_cmdlets_and_parameters_of_the_list_and_their_own_functions(scripts: dict[str, str]) -> None:
    assert {path: found for path, text in scripts.items() if (found := strange_calls(text))} == {}


def test_what_is_left_of_a_profile_goes_only_where_it_is_of_the_one_concerned(scripts: dict[str, str]) -> None:
    """What the registry says to be somebody else's stays; the network list says nothing of the kind."""
    for path in ("Install-DeviceTunnel.ps1", "Install-UserTunnel.ps1", "Remove-Tunnels.ps1"):
        bodies = {
            word(child): word(node)
            for node in walk(parse("pwsh", scripts[path]))
            for child in node.children
            if node.type == "function_statement" and child.type == "function_name"
        }
        for name in ("Remove-TrackedPath", "Remove-NodeCache", "Remove-DisabledTrigger"):
            assert "Test-Scope -Scope $Scope" in bodies[name], (path, name)


def test_scripts_read_only_variables_that_they_have(scripts: dict[str, str]) -> None:
    assert {path: found for path, text in scripts.items() if (found := unknown_variables(text))} == {}


def test_nothing_is_expanded_from_a_value_because_only_single_quotes_hold_one(scripts: dict[str, str]) -> None:
    for text in scripts.values():
        tree = parse("pwsh", text)

        assert [node for node in walk(tree) if "here_string" in node.type] == []
        assert all("Get-Date)" not in word(node) for node in walk(tree) if node.type == "expandable_string_literal")


@pytest.mark.parametrize(
    "broken",
    [
        "function F {\n    param($a)\n",
        "if ($a) {\n    Get-Item -LiteralPath 'x'\n",
        "$a = 'no end\n",
        "$a = @(1, 2\n",
        "foreach ($a $b) {\n}\n",
        "$a = $b ?? 1\n",
        "$a = $b ? 1 : 2\n",
        "$a = @'text'@\n",
    ],
)
def test_what_is_broken_or_of_powershell_7_is_found_by_a_grammar(broken: str) -> None:
    assert syntax_errors(broken) != []


@pytest.mark.parametrize(
    "strange",
    [
        "iex 'Get-Date'\n",
        "Invoke-Expression -Command 'Get-Date'\n",
        "gci\n",
        "Get-ChildItem -Path 'x'\n",
        "& $env:COMSPEC\n",
        "function F {\n    param(\n        [string] $A\n    )\n}\nF -B 'x'\n",
    ],
)
def test_a_call_that_is_not_on_the_list_is_found(strange: str) -> None:
    assert syntax_errors(strange) == []
    assert strange_calls(strange) != []


def test_a_call_that_is_on_the_list_is_not() -> None:
    assert strange_calls("function F {\n    param(\n        [string] $A\n    )\n}\nF -A (Get-Date -Format 'o')\n") == []


def test_a_misspelt_variable_is_found() -> None:
    assert unknown_variables("$Name = 'x'\nWrite-Warning -Message $Nmae\n") == ["nmae"]


def test_what_is_splatted_is_on_the_list(scripts: dict[str, str]) -> None:
    script = scripts["Install-DeviceTunnel.ps1"]
    policy = re.search(r"^\$IPsecPolicy = @\{(.*)\}$", script, re.MULTILINE)

    assert policy is not None
    assert set(re.findall(r"(\w+) = ", policy[1])) == set(SPLATTED["Set-VpnConnectionIPsecConfiguration"].split())
    assert set(re.findall(r"MachineCertificate\w+Filter", script)) == set(SPLATTED["Set-VpnConnection"].split())


def syntax_errors(text: str) -> list[str]:
    return [
        f"{grammar} {node.start_point[0] + 1}: {word(node)[:40]!r}"
        for grammar in GRAMMARS
        for node in walk(parse(grammar, text))
        if node.is_error or node.is_missing
    ]


def strange_calls(text: str) -> list[str]:
    """Calls that name no cmdlet of the list and no function of the script, or a parameter that it has not."""
    tree = parse("pwsh", text)
    known = {name: set(parameters.split()) for name, parameters in CMDLETS.items()} | functions(tree)
    found = []
    for command in (node for node in walk(tree) if node.type == "command"):
        name, given = called(command)
        if name in PROGRAMS or name == RASDIAL:
            continue
        if name not in known or not given <= known[name]:
            found.append(f"{command.start_point[0] + 1}: {name} {sorted(given)}")
    return found


def unknown_variables(text: str) -> list[str]:
    """Names that are read and nowhere written: PowerShell does not tell before the line is run."""
    tree = parse("pwsh", text)
    read: set[str] = set()
    written = {name.lower() for name in AUTOMATIC}
    for node in walk(tree):
        if node.type == "variable":
            read.add(plain(word(node)))
        if node.type in {"left_assignment_expression", "script_parameter"}:
            written |= {match[1].lower() for match in VARIABLE.finditer(word(node))}
        if node.type == "foreach_statement":
            written |= {plain(word(child)) for child in node.children if child.type == "variable"}
    return sorted(read - written)


def functions(tree: Node) -> dict[str, set[str]]:
    return {
        word(next(child for child in node.children if child.type == "function_name")): {
            VARIABLE.findall(word(parameter))[-1][0]
            if "=" not in word(parameter)
            else VARIABLE.findall(word(parameter))[0][0]
            for parameter in walk(node)
            if parameter.type == "script_parameter"
        }
        for node in walk(tree)
        if node.type == "function_statement"
    }


def called(command: Node) -> tuple[str, set[str]]:
    name = next(word(child) for child in command.children if child.type in {"command_name", "command_name_expr"})
    elements = [grand for child in command.children for grand in (child, *child.children)]
    given = {word(node).strip("-").partition(":")[0] for node in elements if node.type == "command_parameter"}
    return name, given


def plain(variable: str) -> str:
    return variable.lstrip("$@").strip("{}").partition(":")[0].lower()


@functools.cache
def parse(grammar: str, text: str) -> Node:
    return tree_sitter.Parser(GRAMMARS[grammar]).parse(text.encode()).root_node


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def word(node: Node) -> str:
    return (node.text or b"").decode()
