"""What the operating system refused, as one Japanese sentence and an exit code.

A path that is not what it should be is wrong input (2); a disk, a right or a network that does not allow it is the
environment (3).
"""

from __future__ import annotations

import errno

BAD_INPUT, COULD_NOT = 2, 3

_SENTENCES = {
    errno.ENOENT: (BAD_INPUT, "ファイルまたはフォルダがありません{place}。場所を確かめてください"),
    errno.ENOTDIR: (COULD_NOT, "フォルダではないものの中は指定できません{place}"),
    errno.EISDIR: (BAD_INPUT, "ファイルではなくフォルダです{place}"),
    errno.EEXIST: (COULD_NOT, "すでにあるため作れません{place}"),
    errno.ENAMETOOLONG: (BAD_INPUT, "名前が長すぎます"),
    errno.ELOOP: (BAD_INPUT, "リンクが輪になっています{place}"),
    errno.EACCES: (COULD_NOT, "読み書きする権限がありません{place}"),
    errno.EPERM: (COULD_NOT, "操作が許されていません{place}"),
    errno.EROFS: (COULD_NOT, "書き込めない場所です{place}"),
    errno.ENOSPC: (COULD_NOT, "ディスクの空きがありません{place}。空きを作ってから、もう一度実行してください"),
    errno.EFBIG: (COULD_NOT, "ファイルの大きさの上限を超えました{place}"),
    errno.EMFILE: (COULD_NOT, "開けるファイルの数の上限に達しました"),
    errno.EIO: (COULD_NOT, "ディスクの読み書きに失敗しました{place}"),
}
_OTHER = (COULD_NOT, "ファイルまたは通信の操作に失敗しました{place}（{kind}）")


def told(error: OSError) -> tuple[str, int]:
    """The sentence for `error` with its code `os_error`, and the exit code."""
    code, sentence = _SENTENCES.get(error.errno or 0, _OTHER)
    kind = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return f"{sentence.format(place=_place(error), kind=kind)} [os_error]", code


def _place(error: OSError) -> str:
    """The path as the system knows it; of a temporary file of ours only the folder, whose name the user knows."""
    if not isinstance(error.filename, str):
        return ""
    folder, _, name = error.filename.rpartition("/")
    shown = (folder or "/") if name.startswith(".") and name.endswith(".tmp") else error.filename
    return f": {shown}"
