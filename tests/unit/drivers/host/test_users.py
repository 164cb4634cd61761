"""What the system's programs are told; that they do it is in tests/engine/command_line."""

from collections.abc import Sequence

from evertunnel.drivers.host.users import Account, Accounts

OURS = Account(name="evertunnel-nobody-has-this", group="evertunnel-none")
NO_SHELL = "/usr/sbin/nologin"


def test_account_is_shown_with_its_primary_group_and_a_stranger_is_none() -> None:
    assert Accounts().observe("root") == Account(name="root", group="root")
    assert Accounts().observe(OURS.name) is None


def test_new_account_has_no_home_and_no_shell_and_its_group_is_there_first() -> None:
    programs = Programs()

    Accounts(programs).make(OURS)

    assert programs.ran == [
        "groupadd --system --force evertunnel-none",
        f"useradd --system --no-create-home --home-dir /nonexistent --shell {NO_SHELL} --gid {OURS.group} {OURS.name}",
    ]


def test_account_that_is_there_is_only_given_its_group() -> None:
    programs = Programs()

    Accounts(programs).make(Account(name="root", group="evertunnel-none"))

    assert programs.ran == ["groupadd --system --force evertunnel-none", "usermod --gid evertunnel-none root"]


def test_account_that_is_not_there_needs_no_removal() -> None:
    programs = Programs()

    Accounts(programs).remove(OURS)

    assert programs.ran == []


class Programs:
    def __init__(self) -> None:
        self.ran: list[str] = []

    def __call__(self, argv: Sequence[str]) -> str:
        self.ran.append(" ".join(argv))
        return ""
