"""架空の団体: who the demo's municipalities are. Their codes lie in a prefecture range nobody has (99)."""

from __future__ import annotations

from dataclasses import dataclass

from gaiji_hub.moji.code_system import CodeSystem, code_system
from gaiji_hub.moji.lg_code import LgCode, check_digit
from gaiji_hub.moji.names import channel_name

PREFECTURE = "99"
BUSINESS_SYSTEM = "juki"
BUSINESS_LABEL = "住民記録"


@dataclass(frozen=True)
class Town:
    """One made-up municipality and how its resident records are written.

    `encoding` is the codec of its CSV (`cp932` or `utf-8`); `first` is the index in the user-defined area from
    which its clerks began to number gaiji, so that the same shape lies at another code in every town.
    """

    lg_code: LgCode
    name: str
    code_system_name: str
    encoding: str
    bom: bool
    newline: str
    member: str
    first: int

    @property
    def code_system(self) -> CodeSystem:
        return code_system(self.code_system_name)

    @property
    def channel(self) -> str:
        return channel_name(self.lg_code, BUSINESS_SYSTEM)


def _lg_code(number: str) -> LgCode:
    five = PREFECTURE + number
    return LgCode(five + str(check_digit(five)))


ASAHI = Town(_lg_code("201"), "架空市あさひ", "cp932", "cp932", False, "\r\n", "asahi-juki", 0)
MINATO = Town(_lg_code("301"), "架空町みなと", "unicode", "utf-8", False, "\n", "minato-juki", 0)
YAMANE = Town(_lg_code("401"), "架空村やまね", "unicode", "utf-8", True, "\r\n", "yamane-juki", 0x300)
TOWNS = (ASAHI, MINATO, YAMANE)

# The town whose second release the walk makes, to show a difference and a small delivery.
SECOND_RELEASE = ASAHI
