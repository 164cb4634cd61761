from collections.abc import Iterator

from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found
from evertunnel.profiles.lint.set_rule import FoundBeside, Member, Profiles, named, profiles_of, set_rule
from evertunnel.profiles.lint.subject import Subject
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.write import Dialect, write

USER = "<VPNProfile>\n<AlwaysOn>true</AlwaysOn></VPNProfile>"
DEVICE = "<VPNProfile><DeviceTunnel>true</DeviceTunnel></VPNProfile>"
LOCKDOWN = "<VPNProfile><LockDown>true</LockDown><DeviceTunnel>true</DeviceTunnel></VPNProfile>"
EAP = '<EapHostConfig xmlns="http://www.microsoft.com/provisioning/EapHostConfig"><Config/></EapHostConfig>'
NATIVE = "<VPNProfile><NativeProfile><Servers>vpn.contoso.com</Servers></NativeProfile></VPNProfile>"


@set_rule("XX001", Severity.WARNING, Class.TRAP)
def example(profiles: Profiles) -> Iterator[FoundBeside]:
    """A title.

    A reason.
    """
    yield FoundBeside(profiles.users[-1], Found("VPNProfile/AlwaysOn", "it is one too many", "Delete it."))


def member(file: str, text: str) -> Member:
    return Member(file=file, subject=Subject(reading=read(text)))


def files(members: tuple[Member, ...]) -> list[str]:
    return [each.file for each in members]


def test_a_finding_stands_on_one_of_the_profiles_with_its_line() -> None:
    first, second = member("a.xml", DEVICE), member("b.xml", USER)

    ((on, finding),) = example.findings(profiles_of([first, second]))

    assert on is second
    assert (finding.code, finding.severity, finding.line) == ("XX001", Severity.WARNING, 2)


def test_the_docstring_is_the_page_entry() -> None:
    assert (example.title, example.explanation) == ("A title.", "A reason.")


def test_a_profile_goes_to_a_machine_or_to_a_person() -> None:
    profiles = profiles_of([member("u", USER), member("d", DEVICE), member("l", LOCKDOWN)])

    assert files(profiles.users) == ["u"]
    assert files(profiles.devices) == ["d"]
    assert files(profiles.lockdowns) == ["l"]


def test_copies_count_once_also_as_written_for_intune() -> None:
    for_intune = write(read(NATIVE).profile, Dialect.INTUNE)

    profiles = profiles_of([member("a", NATIVE), member("b", NATIVE), member("c", for_intune), member("d", USER)])

    assert files(profiles.members) == ["a", "d"]


def test_what_is_no_whole_profile_goes_nowhere() -> None:
    assert profiles_of([member("a", EAP), member("b", "<html/>")]).members == ()


def test_profiles_are_named_by_the_first_of_them() -> None:
    assert named([member("a.xml", USER)]) == "a.xml"
    assert named([member("a.xml", USER), member("b.xml", USER), member("c.xml", USER)]) == "a.xml (and 2 more)"
