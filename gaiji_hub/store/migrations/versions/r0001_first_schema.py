"""The first schema: municipalities, gaiji, decisions, releases, delivery; triggers keep history append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

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


def upgrade() -> None:
    _create_towns()
    _create_shapes()
    _create_gaiji()
    _create_decisions()
    _create_delivery()
    if op.get_bind().dialect.name == "postgresql":
        _forbid_changes_postgresql()
    else:
        _forbid_changes_sqlite()


def _forbid_changes_sqlite() -> None:
    for table in APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _forbid_changes_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23000'; END$$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
        )


def _create_towns() -> None:
    op.create_table(
        "municipality",
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lg_code", name=op.f("pk_municipality")),
    )
    op.create_table(
        "business_system",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("code_system", sa.String(length=40), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lg_code"], ["municipality.lg_code"], name=op.f("fk_business_system_lg_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_system")),
        sa.UniqueConstraint("lg_code", "name", name=op.f("uq_business_system_lg_code_name")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_system_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_system_id"], ["business_system.id"], name=op.f("fk_member_business_system_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("business_system_id", "name", name=op.f("uq_member_business_system_id_name")),
    )


def _create_shapes() -> None:
    op.create_table(
        "shape",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("outline", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_shape")),
    )
    op.create_table(
        "candidates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_system_id", sa.Integer(), nullable=False),
        sa.Column("shape", sa.String(length=64), nullable=False),
        sa.Column("gallery", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("band", sa.String(length=12), nullable=False),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_system_id"], ["business_system.id"], name=op.f("fk_candidates_business_system_id")
        ),
        sa.ForeignKeyConstraint(["shape"], ["shape.hash"], name=op.f("fk_candidates_shape")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidates")),
        sa.UniqueConstraint(
            "business_system_id", "shape", "gallery", name=op.f("uq_candidates_business_system_id_shape_gallery")
        ),
    )


def _create_gaiji() -> None:
    op.create_table(
        "intake",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_system_id", sa.Integer(), nullable=False),
        sa.Column("font", sa.String(length=64), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_system_id"], ["business_system.id"], name=op.f("fk_intake_business_system_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
    )
    op.create_index(op.f("ix_intake_business_system_id"), "intake", ["business_system_id"], unique=False)
    op.create_table(
        "gaiji",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_system_id", sa.Integer(), nullable=False),
        sa.Column("local_code", sa.String(length=12), nullable=False),
        sa.Column("shape", sa.String(length=64), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_system_id"], ["business_system.id"], name=op.f("fk_gaiji_business_system_id")
        ),
        sa.ForeignKeyConstraint(["shape"], ["shape.hash"], name=op.f("fk_gaiji_shape")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaiji")),
        sa.UniqueConstraint("business_system_id", "local_code", name=op.f("uq_gaiji_business_system_id_local_code")),
    )
    op.create_index(op.f("ix_gaiji_shape"), "gaiji", ["shape"], unique=False)
    op.create_table(
        "gaiji_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gaiji_id", sa.Integer(), nullable=False),
        sa.Column("intake_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("shape", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('new', 'changed', 'gone', 'back')", name=op.f("ck_gaiji_revision_kind")),
        sa.ForeignKeyConstraint(["gaiji_id"], ["gaiji.id"], name=op.f("fk_gaiji_revision_gaiji_id")),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name=op.f("fk_gaiji_revision_intake_id")),
        sa.ForeignKeyConstraint(["shape"], ["shape.hash"], name=op.f("fk_gaiji_revision_shape")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaiji_revision")),
        sa.UniqueConstraint("gaiji_id", "intake_id", name=op.f("uq_gaiji_revision_gaiji_id_intake_id")),
    )
    op.create_index(op.f("ix_gaiji_revision_intake_id"), "gaiji_revision", ["intake_id"], unique=False)


def _create_decisions() -> None:
    op.create_table(
        "identification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_system_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("gaiji_id", sa.Integer(), nullable=False),
        sa.Column("shape", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("glyph", sa.String(length=10), nullable=True),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("approval", sa.String(length=12), nullable=False),
        sa.Column("editions", sa.Text(), nullable=False),
        sa.Column("gallery", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(verdict = 'none') = (glyph IS NULL)", name=op.f("ck_identification_glyph")),
        sa.CheckConstraint("approval IN ('unapproved', 'approved')", name=op.f("ck_identification_approval")),
        sa.CheckConstraint(
            "verdict IN ('exact', 'design_difference', 'similar', 'none')", name=op.f("ck_identification_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["business_system_id"], ["business_system.id"], name=op.f("fk_identification_business_system_id")
        ),
        sa.ForeignKeyConstraint(["gaiji_id"], ["gaiji.id"], name=op.f("fk_identification_gaiji_id")),
        sa.ForeignKeyConstraint(["shape"], ["shape.hash"], name=op.f("fk_identification_shape")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identification")),
        sa.UniqueConstraint("business_system_id", "number", name=op.f("uq_identification_business_system_id_number")),
    )
    op.create_index(
        "ix_identification_gaiji_id_shape_number", "identification", ["gaiji_id", "shape", "number"], unique=False
    )


def _create_delivery() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_system_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("rollback_of", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["business_system_id"], ["business_system.id"], name=op.f("fk_release_business_system_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("business_system_id", "number", name=op.f("uq_release_business_system_id_number")),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("payload", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.String(length=64), nullable=False),
        sa.Column("tree", sa.String(length=64), nullable=False),
        sa.Column("glyph_order", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('release', 'rollback', 'withdrawal')", name=op.f("ck_publication_kind")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_publication_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("channel", "seq", name=op.f("uq_publication_channel_seq")),
        sa.UniqueConstraint("release_id", name=op.f("uq_publication_release_id")),
    )
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("payload", sa.String(length=64), nullable=False),
        sa.Column("release_hash", sa.String(length=64), nullable=False),
        sa.Column("tree", sa.String(length=64), nullable=False),
        sa.Column("installed_at", sa.String(length=40), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_acknowledgement_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
        sa.UniqueConstraint("member_id", "hash", name=op.f("uq_acknowledgement_member_id_hash")),
    )
