"""Every route of the server, in the order of docs/api.md and docs/screens.md."""

from __future__ import annotations

from gaiji_hub.web import channels, health, pictures, static_files
from gaiji_hub.web.api import characters as api_characters
from gaiji_hub.web.api import codes, delivery, packs
from gaiji_hub.web.api import gaiji as api_gaiji
from gaiji_hub.web.api import releases as api_releases
from gaiji_hub.web.api.allocation import CHARACTER_API
from gaiji_hub.web.api.print_jobs import PRINT_API
from gaiji_hub.web.api.shrink import SHRINK_API
from gaiji_hub.web.pages import (
    approve,
    audit,
    character_search,
    characters,
    decide,
    gaiji,
    home,
    oidc,
    operate,
    people,
    propose,
    releases,
    session,
    work,
)
from gaiji_hub.web.pages.allocation import ALLOCATION_PAGES
from gaiji_hub.web.pages.characters_hub import CHARACTER_PAGES
from gaiji_hub.web.pages.policy import POLICY_PAGES
from gaiji_hub.web.pages.print_jobs import PRINT_PAGES
from gaiji_hub.web.pages.requests import REQUEST_PAGES
from gaiji_hub.web.pages.rights import RIGHTS_PAGES
from gaiji_hub.web.pages.shrink import SHRINK_PAGES

API = (
    api_characters.get_character,
    api_characters.find_characters,
    api_characters.search_characters,
    api_gaiji.list_towns,
    codes.get_code,
    codes.find_codes,
    api_gaiji.list_gaiji,
    api_gaiji.get_gaiji,
    api_releases.list_releases,
    api_releases.get_release,
    api_releases.get_diff,
    packs.list_packs,
    packs.get_pack,
    delivery.list_members,
    delivery.acknowledge,
    *CHARACTER_API,
    *PRINT_API,
    *SHRINK_API,
)

PAGES = (
    session.login_page,
    session.log_in,
    session.log_out,
    oidc.start_oidc,
    oidc.finish_oidc,
    session.password_page,
    session.change_password,
    work.home_page,
    home.towns_page,
    home.members_page,
    gaiji.gaiji_list_page,
    decide.gaiji_page,
    decide.record_decision,
    decide.withdraw_decision,
    decide.undo_decision,
    propose.proposals_page,
    propose.propose_sheet,
    approve.approval_page,
    approve.approve_sheet,
    approve.send_back,
    approve.review_acting,
    releases.releases_page,
    releases.make_release,
    releases.release_page,
    people.people_page,
    people.add_person,
    people.change_role,
    people.lend_approver,
    people.change_login,
    people.allow_acting,
    people.tokens_page,
    people.make_token,
    people.revoke_token,
    audit.audit_page,
    audit.export_audit,
    operate.operate_page,
    operate.add_town,
    operate.add_system,
    operate.change_group,
    operate.renew,
    operate.council_page,
    characters.search_page,
    characters.find_character,
    character_search.search_characters,
    characters.character_page,
    *CHARACTER_PAGES,
    *REQUEST_PAGES,
    *ALLOCATION_PAGES,
    *RIGHTS_PAGES,
    *POLICY_PAGES,
    *SHRINK_PAGES,
    *PRINT_PAGES,
)

PARTS = (
    pictures.serve_glyph,
    pictures.serve_shape,
    pictures.serve_overlay,
    channels.serve_channel,
    static_files.serve_static,
    health.healthz,
    health.readyz,
    health.metrics,
)
