"""比較キー: found under the old form and the new one; never a fold of what differs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.moji.comparison import Forms, SuccessionLoop, Successors, TwoSuccessors, glyph_key
from gaiji_hub.moji.glyph_id import GlyphId

GJ1, GJ2, MJ1, GH = GlyphId("GJ000001"), GlyphId("GJ000002"), GlyphId("MJ068200"), GlyphId("GH00000007")
# U+10F000 is GJ000001 in the old edition and another glyph in the new one, which encodes GJ000001.
OLD = {"\U0010f000": GJ1, "\U0010f001": GJ2, "辻": GlyphId("MJ000100"), "辻\U000e0100": GlyphId("MJ000101")}
NEW = {"\U0002b740": GJ1, "\U0010f000": GJ2, "辻": GlyphId("MJ000100"), "辻\U000e0100": GlyphId("MJ000101")}


def test_old_private_form_and_new_form_are_one_person():
    assert Forms(OLD).key("辻\U0010f000") == Forms(NEW).key("辻\U0002b740") == "MJ000100;GJ000001"


def test_a_code_that_became_another_glyphs_is_another_person():
    assert Forms(OLD).key("\U0010f000") != Forms(NEW).key("\U0010f000")


def test_a_base_and_its_variant_differ():
    assert Forms(OLD).key("辻") != Forms(OLD).key("辻\U000e0100")


def test_what_became_of_a_glyph_is_followed_to_its_end():
    successors = Successors.of([(GH, GJ1), (GJ1, MJ1), (GJ2, GJ2)])
    town = {"\ue000": GH}
    assert (
        Forms(town, successors).key("\ue000") == Forms(NEW, successors).key("\U0002b740") == glyph_key(GH, successors)
    )
    assert glyph_key(GH, successors) == MJ1
    assert glyph_key(GJ2, successors) == GJ2


def test_nothing_is_normalised():
    """神 and its compatibility ideograph, が in one and in two code points: what NFC would make equal stays apart."""
    forms = Forms({})
    assert forms.key("\ufa19") != forms.key("\u795e")
    assert forms.key("\u304c") != forms.key("\u304b\u3099")
    assert forms.key("\ue000") == "U+E000"


def test_loops_and_two_heirs_are_refused():
    with pytest.raises(SuccessionLoop, match="GJ00000"):
        Successors.of([(GJ1, GJ2), (GJ2, GJ1)])
    with pytest.raises(SuccessionLoop):
        Successors({GJ1: GJ1}).last(GJ1)
    with pytest.raises(TwoSuccessors, match="GJ000002・MJ068200"):
        Successors.of([(GJ1, GJ2), (GJ1, MJ1)])
    assert Successors.of([(GJ1, GJ2), (GJ1, GJ2)]).last(GJ1) == GJ2


_CHARACTERS = st.sampled_from([*OLD, "\U0002b740", "A", "葛", "葛\U000e0100"])
_TEXTS = st.lists(_CHARACTERS, max_size=6).map("".join)
_FORMS = Forms({**OLD, "\U0002b740": GJ1}, Successors.of([(GJ2, MJ1)]))


@given(_TEXTS)
def test_equal_texts_have_equal_keys(text: str):
    assert _FORMS.key(text) == _FORMS.key(text[:0] + text)


@given(_TEXTS, _TEXTS)
def test_keys_are_equal_only_where_the_glyphs_are(one: str, other: str):
    def folded(text: str) -> str:
        return text.replace("\U0002b740", "\U0010f000")

    assert (_FORMS.key(one) == _FORMS.key(other)) == (folded(one) == folded(other))


@given(_TEXTS)
def test_every_old_form_may_be_replaced_by_its_new_one(text: str):
    assert _FORMS.key(text) == _FORMS.key(text.replace("\U0010f000", "\U0002b740"))
