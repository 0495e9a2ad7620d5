"""受領: what members report, and what each of them holds."""

from __future__ import annotations

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from gaiji_hub.moji.acknowledgement import Acknowledgement
from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.names import channel_name
from gaiji_hub.services.delivery import MemberState as State
from gaiji_hub.services.delivery import members_state, record_acknowledgement
from gaiji_hub.web.api.responses import READ_ERRORS, WRITE_ERRORS
from gaiji_hub.web.api.schemas import AcknowledgementIn, MemberList, MemberState, Received
from gaiji_hub.web.gate import ANYBODY, needs
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Hidden, Visitor, check_town

MAX_ACKNOWLEDGEMENT = 8_000


@get(
    "/municipalities/{lg:str}/systems/{system:str}/members",
    sync_to_thread=True,
    tags=["受領"],
    summary="受信システムの状態",
    description="state は never（受領なし）・current（最新）・behind（更新待ち）・drift（内容が異なる）・"
    "lost（復元で失われた版を保持）。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def list_members(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], system: FromPath[str]
) -> MemberList:
    with site.reading(visitor) as session:
        states = members_state(session, lg, system)
    return MemberList(items=[_item(channel_name(lg, system), state) for state in states])


@post(
    "/acknowledgements",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=MAX_ACKNOWLEDGEMENT,
    tags=["受領"],
    summary="受領通知を記録する",
    description="本文は gaiji-hub-ack/1 の JSON。同じ通知を繰り返し送っても1件として記録します。",
    responses=WRITE_ERRORS,
    opt=ANYBODY,
)
def acknowledge(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], data: JSONBody[AcknowledgementIn]
) -> Received:
    acknowledgement = Acknowledgement.from_bytes(msgspec.json.encode(data))
    lg_code, _, system = acknowledgement.channel.partition("-")
    check_town(visitor.actor, Permission.ACKNOWLEDGE, lg_code, system)
    if acknowledgement.member != visitor.actor.member:
        raise Hidden
    with site.writing(visitor) as session:
        record_acknowledgement(session, acknowledgement, site.clock())
    return Received(received=True)


def _item(channel: str, state: State) -> MemberState:
    return MemberState(
        channel=channel,
        member=state.member.name,
        title=state.member.title,
        state=state.state,
        seq=state.seq or None,
        published_seq=state.published_seq or None,
        payload_hash=state.payload or None,
        tree_hash=state.tree or None,
        installed_at=state.installed_at or None,
        received_at=state.received_at.isoformat() if state.received_at else None,
    )
