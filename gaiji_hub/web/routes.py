"""Every route of the server, in the order of docs/api.md and docs/screens.md."""

from __future__ import annotations

from gaiji_hub.web import channels, health, pictures, static_files
from gaiji_hub.web.api import characters as api_characters
from gaiji_hub.web.api import codes, delivery, packs
from gaiji_hub.web.api import gaiji as api_gaiji
from gaiji_hub.web.api import releases as api_releases
from gaiji_hub.web.pages import characters, gaiji, home, releases

API = (
    api_characters.get_character,
    api_characters.find_characters,
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
)

PAGES = (
    home.home_page,
    home.members_page,
    gaiji.gaiji_list_page,
    gaiji.gaiji_page,
    gaiji.record_decision,
    releases.releases_page,
    releases.release_page,
    characters.search_page,
    characters.find_character,
    characters.character_page,
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
