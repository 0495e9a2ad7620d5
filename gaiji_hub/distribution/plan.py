"""計画: what a member must install to get from its mark to the channel's head, every manifest checked before any is.

Publications that the signed index states as lost by a restore of the hub are left out (ADR 0011); any other gap is
refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from gaiji_hub.distribution.index import ChannelIndex, check_index, manifest_path
from gaiji_hub.distribution.state import Coming, State
from gaiji_hub.distribution.trust import (
    ChainBroken,
    Held,
    Trust,
    check_audit,
    check_contents,
    check_manifest,
    check_signatures,
    parse_manifest,
)
from gaiji_hub.distribution.updates import MAX_INDEX_SIZE, Updates
from gaiji_hub.errors import Refused
from gaiji_hub.moji.pack import AuditHead, SignedManifest


class LostButPresent(Refused):
    code = "lost_but_present"
    template = "通番 {seq}: ハブが復元で失ったと告げていますが、伝送路に目録があります。導入していません"


class LostPack(Refused):
    code = "lost_pack"
    template = (
        "導入済みの内容が目録と違いますが、通番 {seq} はハブの復元で失われたため入れ直せません"
        "（ハブが次の配布をすると直ります）。導入していません"
    )


@dataclass(frozen=True)
class Step:
    """One pack to install: the mark it follows, and the marks once it is in use."""

    signed: SignedManifest
    follows: Held
    reached: Coming


def plan(
    updates: Updates, index: ChannelIndex, trust: Trust, channel: str, state: State, *, repair: bool
) -> tuple[Step, ...]:
    """The packs to install, in order; with `repair` the one at the mark once more, first. One refusal otherwise."""
    held, audit = state.held, state.audit
    check_index(index, channel, held)
    steps = [_same_again(updates, trust, held, audit)] if repair and held.seq not in index.lost else []
    for seq in range(held.seq + 1, index.head + 1):
        if seq in index.lost:
            _check_gone(updates, seq)
            continue
        signed = _manifest(updates, seq)
        follows = index.carried(held)
        held = check_manifest(trust, channel, follows, signed)
        if held.payload_hash != index.payloads[seq - 1]:
            raise ChainBroken(seq=seq)
        audit = check_audit(index.carried_audit(seq, audit), signed)
        steps.append(Step(signed, follows, Coming(held, audit)))
    if repair and not steps:
        raise LostPack(seq=held.seq)
    return tuple(steps)


def _same_again(updates: Updates, trust: Trust, held: Held, audit: AuditHead | None) -> Step:
    """The pack at the mark, for a repair: the very payload that was installed before."""
    signed = _manifest(updates, held.seq)
    if signed.manifest.hash != held.payload_hash:
        raise ChainBroken(seq=held.seq)
    check_signatures(trust, signed)
    check_contents(signed.manifest)
    return Step(signed, held, Coming(Held.of(signed.manifest), check_audit(audit, signed)))


def _check_gone(updates: Updates, seq: int) -> None:
    if updates.names(manifest_path(seq)):
        raise LostButPresent(seq=seq)


def _manifest(updates: Updates, seq: int) -> SignedManifest:
    return parse_manifest(updates.read(manifest_path(seq), MAX_INDEX_SIZE))
