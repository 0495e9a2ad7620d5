"""監査証跡: who did what, one entry per act, each carrying the hash of the one before.

One chain per municipality and one for the hub (""), so that a town can check its own without seeing another's.
The head of a chain is published with every pack of its channels: whoever rewrites history later contradicts what
the members hold, and already what the hub itself keeps of its publications (`verify_published`). Entries name codes,
numbers and people of the staff; never a resident's text.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import HubError
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import HUB, Actor
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.pack import SignedManifest
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_missing, insert_new
from gaiji_hub.store.instants import utc
from gaiji_hub.store.scope import scope_of

FORMAT = "gaiji-hub-audit/1"
Detail = Mapping[str, str | int | bool | None]


@dataclass(frozen=True)
class Entry:
    """One act. `subject` names what it was about (`juki/F040`, `juki/release/3`, `person/hanako`)."""

    lg_code: str
    seq: int
    at: datetime.datetime
    actor_kind: str
    actor_id: int
    actor_name: str
    action: str
    subject: str
    detail: str
    previous: str
    hash: str

    def computed_hash(self) -> str:
        """SHA-256 over everything but the hash itself; what `hash` must be."""
        return _hash(self)


@dataclass(frozen=True)
class Head:
    """The last entry of a chain; seq 0 and "" while it is empty."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Verified:
    """What a check of a chain found; `problems` are Japanese sentences, none when it holds.

    `published` is the highest number that was compared with a published hash: a chain made anew after it is not found.
    """

    lg_code: str
    head: Head
    problems: tuple[str, ...]
    published: int = 0


def record(
    session: Session, actor: Actor, at: datetime.datetime, lg_code: str, action: str, subject: str, detail: Detail
) -> None:
    """Append one entry to the chain of `lg_code` ("" for the hub's), inside the caller's transaction."""
    record_all(session, actor, at, lg_code, [(action, subject, detail)])


def record_all(
    session: Session, actor: Actor, at: datetime.datetime, lg_code: str, acts: list[tuple[str, str, Detail]]
) -> None:
    """Append entries in their order. The chain stays locked until the transaction ends: call it last."""
    if not acts:
        return
    last = _lock_head(session, lg_code)
    made = []
    for action, subject, detail in acts:
        entry = Entry(
            lg_code=lg_code,
            seq=last.seq + 1,
            at=utc(at),
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            action=action,
            subject=subject[:120],
            detail=json.dumps(dict(detail), ensure_ascii=False, sort_keys=True, separators=(",", ":")),
            previous=last.hash,
            hash="",
        )
        last = Head(entry.seq, _hash(entry))
        made.append({**vars(entry), "hash": last.hash})
    insert_new(session, rows.Audit, made)
    head = session.get(rows.AuditHead, lg_code)
    assert head is not None  # _lock_head made it
    head.seq, head.hash = last.seq, last.hash
    session.flush()


def head_of(session: Session, lg_code: str) -> Head:
    found = session.get(rows.AuditHead, lg_code)
    return Head(found.seq, found.hash) if found else Head(0, "")


def list_entries(
    session: Session, lg_code: str, offset: int, limit: int, subject: str = ""
) -> tuple[int, tuple[Entry, ...]]:
    """How many entries there are and up to `limit` of them, newest first; `subject` narrows by its beginning."""
    query = select(rows.Audit).where(rows.Audit.lg_code == lg_code)
    if subject:
        query = query.where(rows.Audit.subject.startswith(subject, autoescape=True))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = session.scalars(query.order_by(rows.Audit.seq.desc()).offset(offset).limit(limit))
    return total, tuple(map(_value, found))


def verify(session: Session, lg_code: str, held: Iterable[Head] = ()) -> Verified:
    """Recompute a chain from its first entry; `held` are heads that were published and must lie on it.

    An empty chain holds only where nothing was done that leaves an entry.
    """
    problems: list[str] = []
    last = Head(0, "")
    published = [head for head in held if head.seq]
    for entry in _chain(session, lg_code):
        if entry.seq != last.seq + 1:
            problems.append(f"通番 {last.seq + 1} がありません")
        if entry.previous != last.hash:
            problems.append(f"通番 {entry.seq}: 前の記録のハッシュと合いません")
        if entry.hash != entry.computed_hash():
            problems.append(f"通番 {entry.seq}: 記録の内容とハッシュが合いません")
        if any(one.seq == entry.seq and one.hash != entry.hash for one in published):
            problems.append(f"通番 {entry.seq}: 配布で公表したハッシュと違います")
        last = Head(entry.seq, entry.hash)
    head = head_of(session, lg_code)
    if head != last:
        problems.append(f"先頭の記録（通番 {head.seq}）が最後の記録（通番 {last.seq}）と合いません")
    problems += [
        f"配布で公表した通番 {seq} が記録にありません（最後は {last.seq}）"
        for seq in sorted({one.seq for one in published if one.seq > last.seq})
    ]
    if not last.seq and _left_traces(session, lg_code):
        problems.append("記録が1件もありませんが、人・トークン・承認・配布などの跡があります")
    return Verified(lg_code, head, tuple(problems), max((one.seq for one in published), default=0))


def verify_published(session: Session, blobs: BlobStore, lg_code: str, held: Iterable[Head] = ()) -> Verified:
    """`verify` against the heads that the hub itself published with the newest pack of every channel, too.

    What a restore lost is not asked for: the publications that are known went back together with the trail.
    """
    own, problems = _published(session, blobs, lg_code)  # first: what was published by then is on the chain by now
    found = verify(session, lg_code, (*own, *held))
    return replace(found, problems=(*problems, *found.problems))


def chains(session: Session) -> tuple[str, ...]:
    """Every municipality that the session sees and, for a session of everything, the hub (""); with a trail or not."""
    found = {*session.scalars(select(rows.Municipality.lg_code)), *session.scalars(select(rows.AuditHead.lg_code))}
    return tuple(sorted(found | {HUB} if scope_of(session).allows(HUB) else found))


def export(session: Session, lg_code: str) -> Iterator[bytes]:
    """The chain as JSON Lines, oldest first: what an auditor keeps and can recompute."""
    for entry in _chain(session, lg_code):
        yield canonical({**_body(entry), "hash": entry.hash})


def _chain(session: Session, lg_code: str) -> Iterator[Entry]:
    query = select(rows.Audit).where(rows.Audit.lg_code == lg_code).order_by(rows.Audit.seq)
    return map(_value, session.scalars(query.execution_options(yield_per=1000)))


def _published(session: Session, blobs: BlobStore, lg_code: str) -> tuple[list[Head], list[str]]:
    """The head in the manifest of every channel's newest publication; a problem for each that cannot be read."""
    newest = select(func.max(rows.Publication.id)).where(rows.Publication.lg_code == lg_code)
    newest = newest.group_by(rows.Publication.channel)
    heads, problems = [], []
    for row in session.scalars(select(rows.Publication).where(rows.Publication.id.in_(newest))):
        try:
            published = SignedManifest.from_bytes(blobs.get(row.manifest)).audit
        except HubError:
            problems.append(f"配布の控え（{row.channel} 通番 {row.seq}）を読めず、公表したハッシュと比べられません")
            continue
        if published is not None:  # packs of version 0.1 carry none
            heads.append(Head(published.seq, published.hash))
    return heads, problems


def _left_traces(session: Session, lg_code: str) -> bool:
    """Whether there is anything that came with an entry; decisions of version 0.1, which knew no trail, did not."""
    decided = rows.Identification
    made = (
        select(rows.Person.id).where(rows.Person.lg_code == lg_code),
        select(rows.Token.id).where(rows.Token.lg_code == lg_code),
        select(rows.Approval.id).where(rows.Approval.lg_code == lg_code),
        select(decided.id).where(decided.lg_code == lg_code, decided.decided_by_id.is_not(None)),
    )
    return any(session.scalar(query.limit(1)) is not None for query in made)


def _lock_head(session: Session, lg_code: str) -> Head:
    insert_missing(session, rows.AuditHead, [{"lg_code": lg_code, "seq": 0, "hash": ""}])
    query = select(rows.AuditHead).where(rows.AuditHead.lg_code == lg_code).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).one()
    return Head(found.seq, found.hash)


def _body(entry: Entry) -> dict[str, object]:
    fields = {name: value for name, value in vars(entry).items() if name not in ("hash", "at")}
    return {"format": FORMAT, "at": utc(entry.at).isoformat(), **fields}


def _hash(entry: Entry) -> str:
    return hashlib.sha256(canonical(_body(entry))).hexdigest()


def _value(row: rows.Audit) -> Entry:
    return Entry(**{name: getattr(row, name) for name in Entry.__dataclass_fields__})
