"""Approvals, GH characters, allocation, censuses, rights of shapes, vendors and print jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _create_approvals()
    _create_characters()
    _create_codes_and_outcomes()
    _create_codes()
    _create_printing()


def _create_approvals() -> None:
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_system_id", sa.Integer(), nullable=False),
        sa.Column("identification_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.CheckConstraint("kind IN ('ordinary', 'acting', 'neighbour', '')", name=op.f("ck_approval_kind")),
        sa.CheckConstraint("outcome IN ('approved', 'sent_back', 'withdrawn')", name=op.f("ck_approval_outcome")),
        sa.ForeignKeyConstraint(
            ["business_system_id"], ["business_system.id"], name=op.f("fk_approval_business_system_id")
        ),
        sa.ForeignKeyConstraint(
            ["identification_id"], ["identification.id"], name=op.f("fk_approval_identification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("identification_id", name=op.f("uq_approval_identification_id")),
    )
    op.create_index(op.f("ix_approval_business_system_id"), "approval", ["business_system_id"], unique=False)
    op.create_table(
        "acting_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_acting_review_approval_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acting_review")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_acting_review_approval_id")),
    )


def _create_characters() -> None:
    op.create_table(
        "character_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shape", sa.String(length=64), nullable=False),
        sa.Column("character", sa.String(length=10), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("readings", sa.Text(), nullable=False),
        sa.Column("systems", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(["shape"], ["shape.hash"], name=op.f("fk_character_request_shape")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_character_request")),
        sa.UniqueConstraint("lg_code", "number", name=op.f("uq_character_request_lg_code_number")),
    )
    op.create_table(
        "hub_character",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("shape", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("readings", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.String(length=10), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["hub_character.id"], name=op.f("fk_hub_character_merged_into")),
        sa.ForeignKeyConstraint(["shape"], ["shape.hash"], name=op.f("fk_hub_character_shape")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_character")),
    )
    op.create_index(op.f("ix_hub_character_shape"), "hub_character", ["shape"], unique=False)
    op.create_table(
        "shape_rights",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shape", sa.String(length=64), nullable=False),
        sa.Column("rights", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.CheckConstraint("rights IN ('own', 'vendor_licensed', 'unknown')", name=op.f("ck_shape_rights_rights")),
        sa.ForeignKeyConstraint(["shape"], ["shape.hash"], name=op.f("fk_shape_rights_shape")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shape_rights")),
    )
    op.create_index("ix_shape_rights_lg_code_shape", "shape_rights", ["lg_code", "shape"], unique=False)


def _create_codes_and_outcomes() -> None:
    op.create_table(
        "character_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("character", sa.String(length=10), nullable=False),
        sa.Column("edition", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(["character"], ["hub_character.id"], name=op.f("fk_character_code_character")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_character_code")),
        sa.UniqueConstraint(
            "lg_code", "edition", "character", name=op.f("uq_character_code_lg_code_edition_character")
        ),
        sa.UniqueConstraint("lg_code", "edition", "code", name=op.f("uq_character_code_lg_code_edition_code")),
    )
    op.create_table(
        "request_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("character", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('approved', 'sent_back', 'withdrawn')", name=op.f("ck_request_outcome_outcome")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["character_request.id"], name=op.f("fk_request_outcome_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_outcome")),
        sa.UniqueConstraint("request_id", name=op.f("uq_request_outcome_request_id")),
    )


def _create_codes() -> None:
    op.create_table(
        "allocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_system_id", sa.Integer(), nullable=False),
        sa.Column("local_code", sa.String(length=12), nullable=False),
        sa.Column("character", sa.String(length=10), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("allocated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_system_id"], ["business_system.id"], name=op.f("fk_allocation_business_system_id")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["character_request.id"], name=op.f("fk_allocation_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint(
            "business_system_id",
            "local_code",
            "active",
            name=op.f("uq_allocation_business_system_id_local_code_active"),
        ),
    )
    op.create_index(op.f("ix_allocation_request_id"), "allocation", ["request_id"], unique=False)
    op.create_table(
        "census",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_system_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_system_id"], ["business_system.id"], name=op.f("fk_census_business_system_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_census")),
    )
    op.create_index(op.f("ix_census_business_system_id"), "census", ["business_system_id"], unique=False)
    op.create_table(
        "census_count",
        sa.Column("census_id", sa.Integer(), nullable=False),
        sa.Column("local_code", sa.String(length=12), nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(["census_id"], ["census.id"], name=op.f("fk_census_count_census_id")),
        sa.PrimaryKeyConstraint("census_id", "local_code", name=op.f("pk_census_count")),
    )


def _create_printing() -> None:
    op.create_table(
        "vendor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor")),
        sa.UniqueConstraint("lg_code", "name", name=op.f("uq_vendor_lg_code_name")),
    )
    op.create_table(
        "print_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_system_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("manifest", sa.String(length=64), nullable=False),
        sa.Column("pack", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_system_id"], ["business_system.id"], name=op.f("fk_print_job_business_system_id")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_print_job_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
        sa.UniqueConstraint("business_system_id", "name", name=op.f("uq_print_job_business_system_id_name")),
    )
    op.create_index(op.f("ix_print_job_vendor_id"), "print_job", ["vendor_id"], unique=False)
    op.create_table(
        "print_job_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("print_job_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lg_code", sa.String(length=6), nullable=False),
        sa.CheckConstraint(
            "kind IN ('submitted', 'signed_off', 'fetched', 'withdrawn', 'deleted')",
            name=op.f("ck_print_job_event_kind"),
        ),
        sa.ForeignKeyConstraint(["print_job_id"], ["print_job.id"], name=op.f("fk_print_job_event_print_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job_event")),
    )
    op.create_index(op.f("ix_print_job_event_print_job_id"), "print_job_event", ["print_job_id"], unique=False)
