"""Every row says whose it is: `lg_code` on the tables of the first release, filled from the business system.

Also what a business system, a decision and a release newly say about themselves. History tables are guarded by
triggers; they are taken off while the new column is filled and put back by step 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = (
    "shape",
    "intake",
    "gaiji_revision",
    "candidates",
    "identification",
    "release",
    "publication",
    "acknowledgement",
)

_SYSTEM = "SELECT s.lg_code FROM business_system s WHERE s.id = {table}.business_system_id"
# Parents before children: a child takes the code its parent has by then.
_OWNER = {
    "intake": _SYSTEM,
    "gaiji": _SYSTEM,
    "gaiji_revision": "SELECT g.lg_code FROM gaiji g WHERE g.id = gaiji_revision.gaiji_id",
    "candidates": _SYSTEM,
    "identification": _SYSTEM,
    "release": _SYSTEM,
    "publication": "SELECT r.lg_code FROM release r WHERE r.id = publication.release_id",
    "member": _SYSTEM,
    "acknowledgement": "SELECT m.lg_code FROM member m WHERE m.id = acknowledgement.member_id",
}
_POLICIES = "('local', 'mj-ivs', 'mjplus', 'transition')"
_SPACES = "('keep', 'full_width', 'half_pair')"


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    _drop_triggers(postgresql)
    _extend_towns()
    _extend_decisions()
    # Nobody knows whether an intake of the first release was partial; it counts as one of the whole font.
    op.add_column("intake", sa.Column("partial", sa.Boolean(), server_default="0", nullable=False))
    for count in ("added", "changed", "removed"):  # of codes; the first release did not keep them
        op.add_column("release", sa.Column(count, sa.Integer(), nullable=True))
    for table, owner in _OWNER.items():
        op.add_column(table, sa.Column("lg_code", sa.String(length=6), server_default="", nullable=False))
        op.execute(f"UPDATE {table} SET lg_code = ({owner.format(table=table)})")  # noqa: S608 - names of ours
        if postgresql:
            op.alter_column(table, "lg_code", server_default=None)
        else:
            _refuse_nameless(table)
    op.create_index("ix_gaiji_revision_shape", "gaiji_revision", ["shape"], unique=False)


def _drop_triggers(postgresql: bool) -> None:
    for table in APPEND_ONLY:
        if postgresql:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        else:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")


def _refuse_nameless(table: str) -> None:
    """SQLite cannot take the default away from a column again; a row that relies on it is a mistake of ours."""
    op.execute(
        f"CREATE TRIGGER {table}_has_town BEFORE INSERT ON {table} WHEN NEW.lg_code = '' "
        f"BEGIN SELECT RAISE(ABORT, '{table} needs its municipality'); END"
    )


def _extend_towns() -> None:
    op.add_column("municipality", sa.Column("acting_allowed", sa.Boolean(), server_default="0", nullable=False))
    # A named CHECK in ADD COLUMN is the same sentence on both databases; alembic would rebuild SQLite's table.
    op.execute(
        "ALTER TABLE business_system ADD COLUMN policy VARCHAR(12) DEFAULT 'local' NOT NULL "
        f"CONSTRAINT ck_business_system_policy CHECK (policy IN {_POLICIES})"
    )
    op.add_column(
        "business_system", sa.Column("policy_edition", sa.String(length=40), server_default="", nullable=False)
    )
    op.add_column("business_system", sa.Column("policy_until", sa.Date(), nullable=True))
    op.execute(
        "ALTER TABLE business_system ADD COLUMN space_rule VARCHAR(12) DEFAULT 'keep' NOT NULL "
        f"CONSTRAINT ck_business_system_space_rule CHECK (space_rule IN {_SPACES})"
    )


def _extend_decisions() -> None:
    op.add_column("identification", sa.Column("ground", sa.String(length=20), server_default="", nullable=False))
    op.add_column("identification", sa.Column("decided_by_id", sa.Integer(), nullable=True))
    op.add_column("identification", sa.Column("undoes", sa.Integer(), nullable=True))
    op.add_column("identification", sa.Column("reopens", sa.Boolean(), server_default="0", nullable=False))
