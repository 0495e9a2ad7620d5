"""識別名: identifiers that end up in paths, channels and addresses."""

from __future__ import annotations

import re

from gaiji_hub.errors import BadInput

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class BadName(BadInput):
    code = "bad_name"
    template = "識別名が正しくありません: {text}（英小文字・数字・ハイフン、40文字まで。例: juki）"


def parse_name(text: str) -> str:
    """The name of a business system or a member: `[a-z0-9-]`, 1–40, no hyphen at either end."""
    if not _NAME.fullmatch(text):
        raise BadName(text=text[:60])
    return text


def channel_name(municipality: str, business_system: str) -> str:
    """伝送路名 of a municipality's business system: `131016-juki`."""
    return f"{municipality}-{business_system}"
