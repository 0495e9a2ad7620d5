"""入出力の場所: the paths of a run, checked before anything is read or written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from gaiji_hub.errors import BadInput
from gaiji_hub.files.durable import check_output


class SameFile(BadInput):
    code = "same_file"
    template = "入力・変換表・出力・報告に同じファイルは使えません（入力と変換表は書き換えません）: {name}"


class InputMissing(BadInput):
    code = "input_missing"
    template = "指定されたファイルがありません: {name}"


class InputIsFolder(BadInput):
    code = "input_is_folder"
    template = "ファイルではなくフォルダが指定されています: {name}"


class OutputFolderMissing(BadInput):
    code = "output_folder_missing"
    template = "{name} を書き出すフォルダがありません。フォルダを作ってからやり直してください"


def check_input(path: Path) -> None:
    """Raises `InputMissing` or `InputIsFolder`, with the name alone."""
    if path.is_dir():
        raise InputIsFolder(name=path.name)
    if not path.exists():
        raise InputMissing(name=path.name)


def check_places(sources: Sequence[Path], outputs: Sequence[Path], *, force: bool) -> None:
    """Hold what is read and what will be written apart, by path, symbolic link and hard link.

    Raises `InputMissing`, `InputIsFolder`, `SameFile`, `OutputFolderMissing`, `NotRegularFile` (also with `force`)
    or, without `force`, `OutputExists`.
    """
    for source in sources:
        check_input(source)
    for one, other in combinations([*outputs, *sources], 2):
        if one in outputs and _is_same(one, other):
            raise SameFile(name=one.name)
    for path in outputs:
        if not path.parent.is_dir():
            raise OutputFolderMissing(name=path.name)
        check_output(path, force=force)


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other))
