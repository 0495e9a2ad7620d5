"""認証トークン: the secret a hub gave this machine, as it stands in a file. Never shown, logged or part of an error."""

from __future__ import annotations

import re

from gaiji_hub.errors import BadInput

MAX_FILE = 1024

# RFC 6750, section 2.1: what may stand after `Bearer`. Nothing in it could end a header.
_TOKEN = re.compile(rb"[A-Za-z0-9._~+/-]{16,512}=*")


class BadTokenFile(BadInput):
    code = "bad_token_file"
    template = "認証トークンのファイルが正しくありません（ハブの担当者から受け取った1行だけを入れてください）"


def parse_token(data: bytes) -> str:
    """The token in a file of one line; `BadTokenFile` without a word of what stood there."""
    line = data.strip()
    if len(data) > MAX_FILE or not _TOKEN.fullmatch(line):
        raise BadTokenFile()
    return line.decode("ascii")
