import pytest
from sqlalchemy import Connection, Select, literal_column, select

from evertunnel.directory import nesting, records, users
from evertunnel.directory.model import NewUser, Page
from evertunnel.store.audit import Act
from evertunnel.values import GroupName, UserName

ACT = Act(at=1000.0, actor="alice")
BOB, CAROL = UserName("bob@contoso.com"), UserName("carol@contoso.com")
CHAIN = tuple(GroupName(f"Group {number}") for number in range(5))


@pytest.mark.parametrize(
    "question",
    [
        nesting.groups_around(BOB).select(),
        nesting.groups_inside(CHAIN[0]).select(),
        nesting.names_inside(CHAIN[0], "user", Page(after="b", limit=10)),
        select(nesting.is_inside(literal_column("'bob@contoso.com'"), "user", CHAIN[0])),
    ],
    ids=["groups around", "groups inside", "names inside", "is inside"],
)
def test_membership_is_read_by_index_both_ways(directory: Connection, question: Select[tuple[str]]) -> None:
    statement = question.compile(compile_kwargs={"literal_binds": True})

    plan = [row[3] for row in directory.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]

    assert any(step.startswith("SEARCH membership USING") for step in plan)
    assert not any(step.startswith("SCAN membership") for step in plan)


def test_five_groups_deep_counts_from_both_ends(directory: Connection) -> None:
    assert records.groups_of(directory, BOB) == set(CHAIN)
    assert _names(directory, nesting.names_inside(CHAIN[0], "user", Page())) == [BOB, CAROL]
    assert _names(directory, nesting.names_inside(CHAIN[0], "user", Page(after=BOB))) == [CAROL]
    assert _names(directory, nesting.names_inside(CHAIN[0], "computer", Page())) == []


def test_direct_groups_are_given_for_each_of_many(directory: Connection) -> None:
    names = [f"nobody{number}@contoso.com" for number in range(nesting.AT_ONCE)]

    found = nesting.direct_groups(directory, [*names, BOB, CAROL], "user")

    assert found[BOB] == (CHAIN[4],)
    assert found[CAROL] == (CHAIN[2], CHAIN[4])
    assert len(found) == nesting.AT_ONCE + 2
    assert not any(found[name] for name in names)


def _names(connection: Connection, question: Select[tuple[str]]) -> list[str]:
    return [str(name) for name in connection.scalars(question)]


@pytest.fixture
def directory(store: Connection) -> Connection:
    for outer, inner in zip((None, *CHAIN), CHAIN, strict=False):
        records.add_group(store, inner, ACT)
        if outer is not None:
            records.add_member(store, inner, outer, ACT)
    for name in (BOB, CAROL):
        users.add_user(store, NewUser(name=name), ACT)
        records.add_member(store, name, CHAIN[4], ACT)
    records.add_member(store, CAROL, CHAIN[2], ACT)
    return store
