"""The first tables: directory, certificates, audit trail, RADIUS clients."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Creates the tables; times are Unix seconds."""
    _create_directory()
    _create_certificates()
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "radius_client",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
    )


def _create_directory() -> None:
    op.create_table(
        "computer",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, sa.CheckConstraint("kind IN ('device', 'host')"), nullable=False),
        sa.Column("enabled", sa.Integer, nullable=False),
        sa.Column("added", sa.Float, nullable=False),
    )
    op.create_table("directory_group", sa.Column("name", sa.Text, primary_key=True))
    op.create_table(
        "membership",
        # The primary key's order is the policy service's question: the groups of a member.
        sa.Column("member", sa.Text, primary_key=True),
        sa.Column("member_kind", sa.Text, sa.CheckConstraint("member_kind IN ('computer', 'group')"), primary_key=True),
        sa.Column("group", sa.Text, sa.ForeignKey("directory_group.name"), primary_key=True),
    )
    op.create_index("membership_by_group", "membership", ["group"])


def _create_certificates() -> None:
    op.create_table(
        "certificate",
        sa.Column("serial", sa.Text, primary_key=True),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("not_before", sa.Float, nullable=False),
        sa.Column("not_after", sa.Float, nullable=False),
        sa.Column("pem", sa.Text, nullable=False),
        sa.Column("issued", sa.Float, nullable=False),
        sa.Column("revoked", sa.Float),
        sa.Column("reason", sa.Text),
    )
    op.create_index("certificate_by_principal", "certificate", ["principal"])
    op.create_index("certificate_by_revocation", "certificate", ["revoked"])
