"""The walls: history stays append-only, and PostgreSQL shows and takes only rows of the session's municipalities.

A session says which they are with `gaiji_hub.scope`: codes joined by commas, or `*` for all; without it there is
no row at all. The policies are forced on the table's owner too; only a superuser or BYPASSRLS passes them.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

APPEND_ONLY = (
    "shape",
    "intake",
    "gaiji_revision",
    "candidates",
    "identification",
    "release",
    "publication",
    "acknowledgement",
    "approval",
    "acting_review",
    "audit",
    "shape_rights",
    "character_request",
    "request_outcome",
    "census",
    "census_count",
    "print_job_event",
    "lost_number",
)
OF_TOWNS = (
    "municipality",
    "town_group_member",
    "business_system",
    "intake",
    "gaiji",
    "gaiji_revision",
    "candidates",
    "identification",
    "approval",
    "acting_review",
    "release",
    "publication",
    "member",
    "acknowledgement",
    "lost_number",
    "person",
    "assignment",
    "token",
    "audit",
    "audit_head",
    "character_code",
    "character_request",
    "request_outcome",
    "allocation",
    "census",
    "census_count",
    "shape_rights",
    "vendor",
    "print_job",
    "print_job_event",
)

# Each in a sub-select, which PostgreSQL evaluates once for a query and not for every row.
_ALL = "(SELECT current_setting('gaiji_hub.scope', true)) = '*'"
_MINE = f"({_ALL} OR lg_code = ANY ((SELECT string_to_array(current_setting('gaiji_hub.scope', true), ','))::text[]))"
_ANY_SCOPE = "(SELECT coalesce(current_setting('gaiji_hub.scope', true), '')) <> ''"
# A shape has no town: it is seen through what refers to it, and each of those is behind its own policy.
_REFERRED = " OR ".join(
    f"EXISTS (SELECT 1 FROM {table} t WHERE t.shape = shape.hash)"  # noqa: S608 - names of ours
    for table in ("gaiji_revision", "hub_character", "character_request")
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        _forbid_changes_sqlite()
        return
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
        )
    for table in OF_TOWNS:
        _wall(table, _MINE, _MINE)
    _wall("hub_character", _MINE, _MINE)
    # Shared characters are read by all; the policy above still says who may change them.
    op.execute(f"CREATE POLICY hub_character_shared ON hub_character FOR SELECT USING (shared AND {_ANY_SCOPE})")
    _wall("shape", f"({_ALL} OR {_REFERRED})", _ANY_SCOPE)
    _wall("town_group", _ANY_SCOPE, _ALL)
    for table in ("login_session", "work_lease"):
        _wall(table, _ALL, _ALL)


def _wall(table: str, seen: str, written: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_of_town ON {table} USING ({seen}) WITH CHECK ({written})")


def _forbid_changes_sqlite() -> None:
    for table in APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
