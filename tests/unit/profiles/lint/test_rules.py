from pathlib import Path

from evertunnel.plan.load import load
from evertunnel.plan.windows import Windows
from evertunnel.profiles.lint.rules import RULES, check
from evertunnel.profiles.vpnv2.read import read

HERE = Path(__file__).parent
CONTOSO = Path(__file__).parents[4] / "examples" / "contoso.toml"
TESTS = "\n".join(path.read_text(encoding="utf-8") for path in sorted(HERE.glob("test_*.py")))


def test_each_rule_has_a_code_of_its_own() -> None:
    codes = [rule.code for rule in RULES]

    assert len(codes) == len(set(codes))


def test_each_rule_has_a_title_and_an_explanation() -> None:
    assert [rule.code for rule in RULES if not rule.title.endswith(".") or not rule.explanation.endswith(".")] == []


def test_each_rule_has_a_test() -> None:
    assert [rule.find.__name__ for rule in RULES if f".{rule.find.__name__}" not in TESTS] == []


def test_each_rule_is_of_its_file() -> None:
    families = {rule.find.__module__.rpartition(".")[2]: rule.code[:2] for rule in RULES}

    assert len(set(families.values())) == 11
    assert all(rule.code[:2] == families[rule.find.__module__.rpartition(".")[2]] for rule in RULES)


def test_findings_stand_in_the_order_of_the_lines() -> None:
    found = check(read("<VPNProfile>\n<NativeProfile/>\n<AlwaysOn>True</AlwaysOn>\n<X/></VPNProfile>"))

    assert [finding.line for finding in found] == sorted(finding.line for finding in found)
    assert {finding.line for finding in found} == {1, 2, 3, 4} - {1}


def test_the_plan_says_which_windows_where_nobody_else_does() -> None:
    reading = read(
        "<VPNProfile>\n<PluginProfile/>\n<DisableDisconnectButton>true</DisableDisconnectButton></VPNProfile>"
    )
    plan = load(CONTOSO.read_text(encoding="utf-8"), name="contoso.toml")

    assert "VE002" in {finding.code for finding in check(reading, against=plan)}
    assert "VE002" not in {finding.code for finding in check(reading, windows=Windows.W11_24H2, against=plan)}
    assert "VE002" not in {finding.code for finding in check(reading)}
