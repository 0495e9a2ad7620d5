"""Pairs of shapes that the revisions of JIS exchanged or told apart: tables of different years differ in them rightly.

JIS X 0208:1983 exchanged 22 pairs of codes and gave four characters new shapes at the old codes; JIS X 0213:2004 names
extended shapes and ten characters that Unicode encodes apart.
"""

from __future__ import annotations

_EXCHANGED = "鯵鰺鴬鶯蛎蠣撹攪竃竈潅灌諌諫頚頸砿礦蕊蘂靭靱賎賤壷壺砺礪梼檮涛濤迩邇蝿蠅桧檜侭儘薮藪篭籠尭堯槙槇遥遙瑶瑤"
_EXTENDED = (
    "唖啞焔焰鴎鷗噛嚙侠俠躯軀鹸鹼麹麴屡屢繋繫蒋蔣醤醬蝉蟬掻搔騨驒箪簞掴摑填塡顛顚祷禱涜瀆嚢囊溌潑醗醱頬頰麺麵莱萊蝋蠟攅攢"
    "倶俱剥剝叱𠮟呑吞嘘噓妍姸屏屛并幷痩瘦凛凜"
)
_EVERY = _EXCHANGED + _EXTENDED
PAIRS = frozenset(frozenset(map(ord, _EVERY[at : at + 2])) for at in range(0, len(_EVERY), 2))
