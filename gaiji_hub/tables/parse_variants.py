"""Variant relations between characters (漢字データベース計画): `relation` says what `object` is to `subject`.

`object` may be a sequence: a standardised variant, or an IDS where the simplified form is not encoded.
"""

from __future__ import annotations

from gaiji_hub.tables.columns import spec

VARIANT = spec(
    "variant",
    "mappings",
    "variants",
    "kdpv",
    [("subject", "subject", "ucs"), ("relation", "rel"), ("object", "object", "ucs"), ("comment", "comment")],
)

# What the other character is called: `name` seen from the subject, `reverse_name` from the object.
VARIANT_RELATION = spec(
    "variant_relation",
    "mappings",
    "variants",
    "kdpv_rels",
    [("relation", "rel"), ("name", "name"), ("reverse", "rev"), ("reverse_name", "rev_name")],
)
