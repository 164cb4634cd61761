"""Users with the words that find them, users as members of groups, and the outbox of what may end a session."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the tables; membership is made anew, because SQLite cannot change what a column may hold."""
    _create_users()
    _renew_membership()
    op.create_index("computer_by_kind", "computer", ["kind", "name"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column(
            "what",
            sa.Text,
            sa.CheckConstraint("what IN ('user', 'device', 'certificate', 'group', 'policy')"),
            nullable=False,
        ),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("done", sa.Float),
    )
    op.create_index("outbox_waiting", "outbox", ["id"], sqlite_where=sa.text("done IS NULL"))


def _create_users() -> None:
    op.create_table(
        "directory_user",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("display", sa.Text, nullable=False, server_default=""),
        # A SID maps certificates to one account, and a fixed address sessions to one person.
        sa.Column("sid", sa.Text, unique=True),
        sa.Column("address", sa.Text, unique=True),
        sa.Column("enabled", sa.Integer, nullable=False),
        sa.Column("added", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "user_word",
        # A search is a range of this key: the words that begin with what was typed.
        sa.Column("word", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, sa.ForeignKey("directory_user.name", ondelete="CASCADE"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("user_word_by_name", "user_word", ["name"])


def _renew_membership() -> None:
    op.create_table(
        "membership_0002",
        # The primary key's order is the policy service's question: the groups of a member.
        sa.Column("member", sa.Text, primary_key=True),
        sa.Column(
            "member_kind", sa.Text, sa.CheckConstraint("member_kind IN ('computer', 'group', 'user')"), primary_key=True
        ),
        sa.Column("group", sa.Text, sa.ForeignKey("directory_group.name"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.execute('INSERT INTO membership_0002 SELECT member, member_kind, "group" FROM membership')
    op.drop_table("membership")
    op.rename_table("membership_0002", "membership")
    # Its order is the other question: the members of a group, each kind by name.
    op.create_index("membership_by_group", "membership", ["group", "member_kind", "member"])
