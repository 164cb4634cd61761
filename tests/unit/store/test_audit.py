from pathlib import Path

from evertunnel.store import audit, migrate, open_store
from evertunnel.store.audit import Act, Line


def test_lines_come_back_oldest_first_and_only_the_last_ones(tmp_path: Path) -> None:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    with open_store(path).transaction() as connection:
        for number in range(3):
            Act(at=float(number), actor="alice").record(connection, "disable computer", f"laptop{number}", "lost")

        found = audit.lines(connection, limit=2)

    assert found == tuple(
        Line(at=float(number), actor="alice", action="disable computer", subject=f"laptop{number}", detail="lost")
        for number in (1, 2)
    )
