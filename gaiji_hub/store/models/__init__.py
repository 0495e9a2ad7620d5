"""The tables. Append-only ones (see `APPEND_ONLY`) are guarded by triggers in the migrations as well.

Every row that is a town's carries the town's `lg_code` (`TownRow`): by it the session narrows what it reads
(store.scope) and PostgreSQL's row-level security narrows it again. Outside a town lie only `shape` (outline bytes
under their own hash, read through a gaiji of the asking town), groups, logins and leases.
"""

from __future__ import annotations

from gaiji_hub.store.models.allocation import (
    Allocation,
    Census,
    CensusCount,
    CharacterCode,
    CharacterRequest,
    HubCharacter,
    RequestOutcome,
    ShapeRights,
)
from gaiji_hub.store.models.base import APPEND_ONLY, Base, Instant, SharedTownRow, TownRow
from gaiji_hub.store.models.decisions import ActingReview, Approval, Candidates, Identification
from gaiji_hub.store.models.delivery import Acknowledgement, LostNumber, Member, Publication, Release, WorkLease
from gaiji_hub.store.models.gaiji import Gaiji, GaijiRevision, Intake, Shape
from gaiji_hub.store.models.people import Assignment, Audit, AuditHead, LoginSession, Person, Token
from gaiji_hub.store.models.printing import PrintJob, PrintJobEvent, Vendor
from gaiji_hub.store.models.shrink import ShrinkChoice, ShrinkChoiceOutcome, ShrinkPolicy, ShrinkPolicyOutcome
from gaiji_hub.store.models.towns import BusinessSystem, Municipality, TownGroup, TownGroupMember

__all__ = [
    "APPEND_ONLY",
    "Acknowledgement",
    "ActingReview",
    "Allocation",
    "Approval",
    "Assignment",
    "Audit",
    "AuditHead",
    "Base",
    "BusinessSystem",
    "Candidates",
    "Census",
    "CensusCount",
    "CharacterCode",
    "CharacterRequest",
    "Gaiji",
    "GaijiRevision",
    "HubCharacter",
    "Identification",
    "Instant",
    "Intake",
    "LoginSession",
    "LostNumber",
    "Member",
    "Municipality",
    "Person",
    "PrintJob",
    "PrintJobEvent",
    "Publication",
    "Release",
    "RequestOutcome",
    "Shape",
    "ShapeRights",
    "SharedTownRow",
    "ShrinkChoice",
    "ShrinkChoiceOutcome",
    "ShrinkPolicy",
    "ShrinkPolicyOutcome",
    "Token",
    "TownGroup",
    "TownGroupMember",
    "TownRow",
    "Vendor",
    "WorkLease",
]
