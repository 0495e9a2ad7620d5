"""人: who may log in, what they may do where, machines' tokens, and the trail of what was done."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gaiji_hub.store.models.base import HASH, Base, Instant, TownRow


class Person(TownRow, Base):
    """職員. `lg_code` is the home municipality, "" for the hub's own staff; `password` an argon2 hash, "" for none."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("oidc_issuer", "oidc_subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(Text)
    password: Mapped[str] = mapped_column(Text)
    must_change: Mapped[bool]
    failures: Mapped[int]
    locked_until: Mapped[datetime.datetime | None] = mapped_column(Instant)
    disabled: Mapped[bool]
    oidc_issuer: Mapped[str | None] = mapped_column(Text)
    oidc_subject: Mapped[str | None] = mapped_column(Text)
    registered_at: Mapped[datetime.datetime] = mapped_column(Instant)


class Assignment(TownRow, Base):
    """役割: a role of a person in a municipality ("" = at the hub), until a date or until it is taken away."""

    __tablename__ = "assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    login: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(20))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("town_group.id"))
    until: Mapped[datetime.date | None]
    granted_by: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime.datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime.datetime | None] = mapped_column(Instant)


class LoginSession(Base):
    """A browser that logged in; `hash` is over the cookie's secret, which only the browser has."""

    __tablename__ = "login_session"

    hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    started_at: Mapped[datetime.datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime.datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime.datetime] = mapped_column(Instant)


class Token(TownRow, Base):
    """機械のトークン: `hash` is over the secret, which is shown once. `scopes` is a sorted, comma-joined list."""

    __tablename__ = "token"
    __table_args__ = (CheckConstraint("role IN ('migration_tool', 'print_vendor', 'agent', 'operator')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(HASH, unique=True)
    title: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(20))
    scopes: Mapped[str] = mapped_column(Text)
    business_system: Mapped[str] = mapped_column(String(40))
    member: Mapped[str] = mapped_column(String(40))
    vendor: Mapped[str] = mapped_column(String(40))
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime.datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime.datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime.datetime | None] = mapped_column(Instant)


class Audit(TownRow, Base):
    """監査証跡: one thing somebody did. `seq` counts within the municipality ("" = the hub); `hash` chains them."""

    __tablename__ = "audit"
    __table_args__ = (
        UniqueConstraint("lg_code", "seq"),
        Index("ix_audit_lg_code_subject", "lg_code", "subject"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    at: Mapped[datetime.datetime] = mapped_column(Instant)
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int]
    actor_name: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(HASH)
    hash: Mapped[str] = mapped_column(HASH)


class AuditHead(TownRow, Base):
    """The last entry of a chain; its row is the lock under which the next one is appended."""

    __tablename__ = "audit_head"

    lg_code: Mapped[str] = mapped_column(String(6), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(HASH)
