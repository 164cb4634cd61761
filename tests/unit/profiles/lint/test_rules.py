from pathlib import Path

from evertunnel.plan.load import load
from evertunnel.plan.windows import Windows
from evertunnel.profiles.lint.finding import Severity
from evertunnel.profiles.lint.rule import Rule
from evertunnel.profiles.lint.rules import RULES, SET_RULES, check, check_together
from evertunnel.profiles.lint.set_rule import SetRule
from evertunnel.profiles.vpnv2.read import read

HERE = Path(__file__).parent
CONTOSO = Path(__file__).parents[4] / "examples" / "contoso.toml"
ALL: tuple[Rule | SetRule, ...] = (*RULES, *SET_RULES)
TESTS = "\n".join(path.read_text(encoding="utf-8") for path in sorted(HERE.glob("test_*.py")))


def test_each_rule_has_a_code_of_its_own() -> None:
    codes = [rule.code for rule in ALL]

    assert len(codes) == len(set(codes))


def test_each_rule_has_a_title_and_an_explanation() -> None:
    assert [rule.code for rule in ALL if not rule.title.endswith(".") or not rule.explanation.endswith(".")] == []


def test_each_rule_has_a_test() -> None:
    assert [rule.find.__name__ for rule in ALL if f".{rule.find.__name__}" not in TESTS] == []


def test_each_rule_is_of_its_file() -> None:
    families = {rule.find.__module__.rpartition(".")[2]: rule.code[:2] for rule in ALL}

    assert len(set(families.values())) == 12
    assert all(rule.code[:2] == families[rule.find.__module__.rpartition(".")[2]] for rule in ALL)


def test_no_rule_over_several_profiles_says_error() -> None:
    assert [rule.code for rule in SET_RULES if rule.severity is Severity.ERROR] == []


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


REGISTERS = "<VPNProfile>{}<RegisterDNS>true</RegisterDNS><NativeProfile>{}</NativeProfile></VPNProfile>"
CLASS_ROUTE_OFF = "<DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute>"
SPLIT = "<RoutingPolicyType>SplitTunnel</RoutingPolicyType>"
DEVICE = read(REGISTERS.format("<DeviceTunnel>true</DeviceTunnel>", SPLIT + CLASS_ROUTE_OFF))
USER = read(REGISTERS.format("", SPLIT))


def test_a_note_of_one_profile_is_not_said_twice_where_it_is_said_of_two() -> None:
    of_device, of_user = check_together([("device.xml", DEVICE), ("user.xml", USER)])

    assert {"NR012", "SP003"} & {finding.code for finding in check(USER)} == {"NR012"}
    assert {"NR012", "SP003"} & {finding.code for finding in of_user} == {"SP003"}
    assert of_device == check(DEVICE)


def test_a_note_stays_beside_a_profile_that_makes_no_trap_of_it() -> None:
    without = read("<VPNProfile><DeviceTunnel>true</DeviceTunnel></VPNProfile>")

    _, of_user = check_together([("device.xml", without), ("user.xml", USER)])

    assert of_user == check(USER)


def test_a_finding_beside_another_profile_names_it() -> None:
    _, of_user = check_together([("device.xml", DEVICE), ("user.xml", USER)])

    assert [finding.why.split()[0] for finding in of_user if finding.code == "SP003"] == ["device.xml"]


def test_one_profile_alone_is_found_what_check_finds() -> None:
    assert check_together([("user.xml", USER)]) == (check(USER),)
    assert check_together([]) == ()
