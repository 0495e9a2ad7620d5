"""JSON nested deeper than the parser goes is refused like any other wrong JSON, not a crash."""

from __future__ import annotations

import pytest

from gaiji_hub.moji.acknowledgement import Acknowledgement, BadAcknowledgement
from gaiji_hub.moji.pack import BadManifest, SignedManifest
from gaiji_hub.moji.release import BadRelease, Release

DEEP = b"[" * 200_000


def test_deep_json_is_refused() -> None:
    with pytest.raises(BadRelease):
        Release.from_bytes(DEEP)
    with pytest.raises(BadManifest):
        SignedManifest.from_bytes(DEEP)
    with pytest.raises(BadAcknowledgement):
        Acknowledgement.from_bytes(DEEP)
