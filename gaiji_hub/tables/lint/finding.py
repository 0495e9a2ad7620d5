"""A finding: what is wrong with one row of a table (contracts.md, `tables lint`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`error`: the row is wrong. `warning`: a person has to look. `note`: true and worth knowing, nothing to mend."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {Severity.ERROR: "誤り", Severity.WARNING: "要確認", Severity.NOTE: "注記"}


class FindingClass(StrEnum):
    """The classes of contracts.md, and those added since; the order is that of the report for people."""

    BAD_ROW = "bad_row"
    DUPLICATE_CODE = "duplicate_code"
    ONE_TO_MANY = "one_to_many"
    OUTSIDE_AREA = "outside_area"
    BAD_TARGET = "bad_target"
    TEXT_DISAGREES = "text_disagrees"
    SELECTOR_DISAGREES = "selector_disagrees"
    SELECTOR_UNREGISTERED = "selector_unregistered"
    SHIFTED_RUN = "shifted_run"
    SOURCES_DISAGREE = "sources_disagree"
    COLLISION = "collision"
    NORMALISATION_HAZARD = "normalisation_hazard"
    UNDECLARED_OPTION = "undeclared_option"

    @property
    def label(self) -> str:
        return _CLASS_LABELS[self]


_CLASS_LABELS = {
    FindingClass.BAD_ROW: "行の書き方の誤り",
    FindingClass.DUPLICATE_CODE: "コードの重複",
    FindingClass.ONE_TO_MANY: "一つのコードに複数の文字",
    FindingClass.OUTSIDE_AREA: "文字コード体系にないコード・範囲外",
    FindingClass.BAD_TARGET: "文字として使えない符号位置",
    FindingClass.TEXT_DISAGREES: "文字と符号位置の食い違い",
    FindingClass.SELECTOR_DISAGREES: "異体字セレクタの食い違い",
    FindingClass.SELECTOR_UNREGISTERED: "登録のない異体字列",
    FindingClass.SHIFTED_RUN: "ずれて並んだ行",
    FindingClass.SOURCES_DISAGREE: "資料どうしの食い違い",
    FindingClass.COLLISION: "戻すときの衝突",
    FindingClass.NORMALISATION_HAZARD: "正規化で変わる文字",
    FindingClass.UNDECLARED_OPTION: "知らない注記",
}
ORDER = {name: place for place, name in enumerate(FindingClass)}


@dataclass(frozen=True)
class Finding:
    """`row` counts the table's data rows from 1, its header not counted; 0 is the table as a whole.

    `code` is the row's code in hex as the table writes it. The message quotes code points, never a name.
    """

    row: int
    code: str
    kind: FindingClass
    severity: Severity
    message: str

    def to_json(self, file: str) -> dict[str, str | int]:
        """The line of contracts.md."""
        return {
            "file": file,
            "row": self.row,
            "code": self.code,
            "class": self.kind.value,
            "severity": self.severity.value,
            "message": self.message,
        }


def error(row: int, code: str, kind: FindingClass, message: str) -> Finding:
    return Finding(row, code, kind, Severity.ERROR, message)


def warning(row: int, code: str, kind: FindingClass, message: str) -> Finding:
    return Finding(row, code, kind, Severity.WARNING, message)


def note(row: int, code: str, kind: FindingClass, message: str) -> Finding:
    return Finding(row, code, kind, Severity.NOTE, message)


def in_order(findings: list[Finding]) -> list[Finding]:
    """By row, then class in the order above; what is said twice in the same words is said once."""
    return sorted(set(findings), key=lambda f: (f.row, ORDER[f.kind], f.code, f.severity, f.message))
