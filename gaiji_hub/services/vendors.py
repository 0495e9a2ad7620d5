"""印刷委託先: the print contractors of a municipality. Their tokens are made like any other (services.tokens)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.errors import NotFound
from gaiji_hub.files.sealed import key_id
from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.moji.names import parse_name
from gaiji_hub.services import audit
from gaiji_hub.services.municipalities import AlreadyRegistered, find_municipality, parse_title
from gaiji_hub.store import models as rows


class UnknownVendor(NotFound):
    code = "unknown_vendor"
    template = "印刷委託先が見つかりません: {vendor}"


@dataclass(frozen=True)
class Vendor:
    """`public_key` (PEM) seals what is carried to the vendor, "" while the town has none; `key_id` is read aloud."""

    id: int
    lg_code: str
    name: str
    title: str
    public_key: str

    @property
    def key_id(self) -> str:
        return key_id(self.public_key.encode()) if self.public_key else ""


def register_vendor(
    session: Session, lg_code: str, name: str, title: str, public_key: str, at: datetime.datetime, by: Actor
) -> Vendor:
    """Register a contractor of a municipality; the same again changes nothing, a new key replaces the one before.

    Raises `AlreadyRegistered` for another title under the name and `BadSealKey` for a key of another kind.
    """
    find_municipality(session, lg_code)
    by.require(Permission.ADMIN, lg_code)
    pem = _parse_key(public_key)
    found = session.scalar(
        select(rows.Vendor)
        .where(rows.Vendor.lg_code == lg_code, rows.Vendor.name == parse_name(name))
        .with_for_update()
    )
    if found is None:
        found = rows.Vendor(lg_code=lg_code, name=name, title=parse_title(title), public_key=pem, registered_at=at)
        session.add(found)
    elif found.title != title:
        raise AlreadyRegistered(what=f"印刷委託先 {name}")
    elif pem in ("", found.public_key):
        return _value(found)
    else:
        found.public_key = pem
    session.flush()
    made = _value(found)
    detail = {"title": made.title, "key": made.key_id}
    audit.record(session, by, at, lg_code, "register_vendor", f"vendor/{name}", detail)
    return made


def list_vendors(session: Session, lg_code: str) -> tuple[Vendor, ...]:
    find_municipality(session, lg_code)
    return tuple(vendors_by_id(session, lg_code).values())


def find_vendor(session: Session, lg_code: str, name: str) -> Vendor:
    found = session.scalar(select(rows.Vendor).where(rows.Vendor.lg_code == lg_code, rows.Vendor.name == name))
    if found is None:
        raise UnknownVendor(vendor=name[:40])
    return _value(found)


def vendors_by_id(session: Session, lg_code: str) -> dict[int, Vendor]:
    """The vendors a session sees, by name."""
    query = select(rows.Vendor).where(rows.Vendor.lg_code == lg_code).order_by(rows.Vendor.name)
    return {row.id: _value(row) for row in session.scalars(query)}


def _parse_key(public_key: str) -> str:
    """The key as `print-job keygen` writes it, whatever line ends a form made of it; "" for none."""
    lines = public_key.split()
    if not lines:
        return ""
    pem = public_key.strip().replace("\r\n", "\n") + "\n"
    key_id(pem.encode())
    return pem


def _value(row: rows.Vendor) -> Vendor:
    return Vendor(row.id, row.lg_code, row.name, row.title, row.public_key)
