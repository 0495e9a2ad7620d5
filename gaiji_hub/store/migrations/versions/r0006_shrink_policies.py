"""縮退方針 and per-glyph 縮退先 with their outcomes: append-only, and each town sees its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = ("shrink_policy", "shrink_policy_outcome", "shrink_choice", "shrink_choice_outcome")
_USES = "use IN ('print', 'number_system', 'certificate')"
_OUTCOMES = "outcome IN ('approved', 'sent_back', 'withdrawn')"
_ALL = "(SELECT current_setting('gaiji_hub.scope', true)) = '*'"
_MINE = f"({_ALL} OR lg_code = ANY ((SELECT string_to_array(current_setting('gaiji_hub.scope', true), ','))::text[]))"


def upgrade() -> None:
    _create_request("shrink_policy", sa.Column("policy", sa.Text(), nullable=False))
    _create_outcome("shrink_policy")
    _create_request(
        "shrink_choice",
        sa.Column("glyph", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("ix_shrink_choice_lg_code_use_glyph", "shrink_choice", ["lg_code", "use", "glyph"], unique=False)
    _create_outcome("shrink_choice")
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in TABLES:
        _forbid_changes(table, postgresql)
        if postgresql:
            _wall(table)


def _create_request(name: str, *content: sa.Column[str]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("use", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *content,
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.CheckConstraint(_USES, name=op.f(f"ck_{name}_use")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("lg_code", "use", "number", name=op.f(f"uq_{name}_lg_code_use_number")),
    )


def _create_outcome(request: str) -> None:
    name = f"{request}_outcome"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.CheckConstraint(_OUTCOMES, name=op.f(f"ck_{name}_outcome")),
        sa.ForeignKeyConstraint(["request_id"], [f"{request}.id"], name=op.f(f"fk_{name}_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("request_id", name=op.f(f"uq_{name}_request_id")),
    )


def _forbid_changes(table: str, postgresql: bool) -> None:
    if postgresql:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _wall(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_of_town ON {table} USING ({_MINE}) WITH CHECK ({_MINE})")
