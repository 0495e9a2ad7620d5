"""`gaiji-hub backup` and `restore`: the files, the clock and the words; services.backup and .restore do the rest."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from gaiji_hub.cli.registry_towns import DONE, FINDINGS, clock, open_registry
from gaiji_hub.distribution.marks import Mark, Marks
from gaiji_hub.errors import BadInput, NotFound
from gaiji_hub.files.durable import atomic_file, check_output
from gaiji_hub.files.passphrase import MAGIC, SealedReader, SealedWriter, read_passphrase
from gaiji_hub.files.strict_tar import Source
from gaiji_hub.services.backup import Made, make_backup
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.recovery import ChannelLoss, Evidence, recover
from gaiji_hub.services.restore import Restored, Target, restore
from gaiji_hub.settings import Settings

PAUSE = 0.2
SPEAK_EVERY = 2.0
MAX_STATUS = 1 << 20
_SECTIONS = {
    "database": "データベース",
    "blobs": "保存ファイル",
    "channels": "伝送路",
    "keys": "鍵",
    "marks": "最高到達点",
    "check": "検査中",
    "restore": "戻しています",
}


class PassphraseNeeded(BadInput):
    code = "passphrase_needed"
    template = "このバックアップは暗号化されています。--passphrase-file を指定してください"


class NotSealed(BadInput):
    code = "backup_not_sealed"
    template = "このバックアップは暗号化されていません。合言葉で守られたものと取り違えていないか確かめてください"


def run_backup(args: argparse.Namespace, settings: Settings) -> int:
    """0 when everything is in it, 1 when something could not be taken (it is named)."""
    check_output(args.file, force=args.force)
    word = read_passphrase(args.passphrase_file) if args.passphrase_file else None
    with (
        Registry.open(settings.data, settings.database_url, migrating=False, marks=settings.marks) as registry,
        atomic_file(args.file) as file,
    ):
        sink = SealedWriter(file, word) if word else None
        made = make_backup(
            registry,
            sink or file,
            clock(),
            with_keys=not args.without_keys,
            wait=lambda: time.sleep(PAUSE),
            progress=_speaker(time.monotonic),
        )
        if sink:
            sink.close()
    _print_made(args.file, made, sealed=word is not None)
    return FINDINGS if made.problems else DONE


def _print_made(path: Path, made: Made, *, sealed: bool) -> None:
    print(f"バックアップを書き出しました: {path}（{_size(path.stat().st_size)}、暗号化{'あり' if sealed else 'なし'}）")
    keys = "含む" if made.keys else "含まない（別に保管しているものと一緒でなければ、戻しても発行できません）"
    print(f"データベース 版 {made.revision}・{made.rows} 行、保存ファイル {made.blobs}、伝送路 {made.channels}")
    print(f"鍵は{keys}")
    if made.keys and not sealed:
        print("注意: 署名鍵が暗号化されずに入っています。だれにも読まれない場所に置いてください")
    for problem in made.problems:
        print(f"入れられなかったもの: {problem}")


def run_restore(args: argparse.Namespace, settings: Settings) -> int:
    """0 when nothing is lost, 1 when something is (it is named) or a channel could not be written."""
    settings = _at(settings, args.data) if args.data else settings
    evidence = _evidence(args, settings)
    if args.file is None:
        with open_registry(settings) as registry:
            losses, problems = recover(registry, evidence, clock())
        return _told(losses, problems)
    word = read_passphrase(args.passphrase_file) if args.passphrase_file else None
    target = Target(settings.data, settings.database_url, settings.marks)
    restored = restore(_opener(args.file, word), target, evidence, clock(), _speaker(time.monotonic))
    _print_restored(restored)
    code = _told(restored.losses, restored.problems)
    if args.mark_from and not evidence.folder:
        print(
            "注意: 受信側の控えから分かるのは、その受信側が持つところまでです。ほかの受信側が先を持つ可能性は残ります"
        )
    return code


def _at(settings: Settings, data: Path) -> Settings:
    """The settings for another data folder; what was set apart from it (database, marks) stays."""
    data, old = data.absolute(), settings.data
    url, marks = settings.database_url, settings.marks
    if url == f"sqlite:///{old / 'hub.db'}":
        url = f"sqlite:///{data / 'hub.db'}"
    return replace(settings, data=data, database_url=url, marks=data / "marks" if marks == old / "marks" else marks)


def _evidence(args: argparse.Namespace, settings: Settings) -> Evidence:
    own = Marks(settings.marks).all()
    given = [mark for folder in args.marks for mark in _marks_in(folder)]
    said = [_status(path) for path in args.mark_from]
    return Evidence((*own, *given, *said), folder=bool(own or args.marks), accept_unknown=args.accept_unknown)


def _marks_in(folder: Path) -> tuple[Mark, ...]:
    if not folder.is_dir():
        raise NotFound(what=f"最高到達点の置き場 {folder.name}")
    return Marks(folder).all()


def _status(path: Path) -> Mark:
    with path.open("rb") as file:
        return Mark.from_agent_status(file.read(MAX_STATUS))


def _opener(path: Path, word: bytes | None) -> Callable[[], contextlib.AbstractContextManager[Source]]:
    @contextlib.contextmanager
    def opened() -> Iterator[Source]:
        with path.open("rb") as file:
            sealed = file.read(len(MAGIC)) == MAGIC
            if sealed and word is None:
                raise PassphraseNeeded
            if word is not None and not sealed:
                raise NotSealed
            if word is None:
                file.seek(0)
                yield file
            else:
                yield SealedReader(file, word)

    return opened


def _print_restored(restored: Restored) -> None:
    head = restored.head
    print(f"バックアップ {head.made_at}（gaiji-hub {head.program}、{head.database}）から戻しました: {restored.rows} 行")
    if head.revision != restored.revision:
        print(f"データベースを版 {head.revision} から {restored.revision} に移行しました")
    if not head.keys:
        print(
            "鍵は入っていません。保管してある鍵フォルダを keys に戻し、gaiji-hub restore（FILE なし）を実行してください"
        )


def _told(losses: tuple[ChannelLoss, ...], problems: list[str] | tuple[str, ...]) -> int:
    print("伝送路\tいまの通番\t最高到達点\t失われた配布\t失われた配布版")
    for loss in losses:
        reached = f"通番 {loss.reached_seq}" if loss.reached_seq else "—"
        print(
            f"{loss.channel}\t通番 {loss.backup_seq}\t{reached}\t"
            f"{_span(loss.lost_publications, '通番 {}')}\t{_span(loss.lost_releases, '第{}版')}"
        )
    for loss in losses:
        if loss.any:
            _print_advice(loss)
    for problem in problems:
        print(f"できなかったこと: {problem}")
    if problems:
        print("原因を除いてから gaiji-hub restore（FILE なし）を実行してください。それまで、その伝送路には発行しません")
    if not any(loss.any for loss in losses) and not problems:
        print("失われたものはありません")
        return DONE
    return FINDINGS


def _print_advice(loss: ChannelLoss) -> None:
    if not loss.registered:
        print(f"{loss.channel}: 業務システムそのものが、バックアップの後に登録されたものです。同じ団体コードと識別名で")
        print("  登録し直してから gaiji-hub restore（FILE なし）を実行してください（番号は続きからになります）")
        return
    number = max(loss.backup_release, loss.reached_release) + 1
    print(
        f"{loss.channel}: 失われた番号は使いません。次は第{number}版・通番 {max(loss.backup_seq, loss.reached_seq) + 1}"
    )
    print("  1. 団体に知らせ、バックアップより後の取込・判定・承認をやり直す")
    print("  2. gaiji-hub release make と pack make を実行する（同じ内容でも新しい版になります）")
    print("  3. gaiji-hub member list で「復元で失われた版を保持」がなくなるのを確かめる")


def _span(numbers: tuple[int, ...], form: str) -> str:
    if not numbers:
        return "なし"
    return form.format(str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}")


def _speaker(now: Callable[[], float]) -> Callable[[str, int], None]:
    """Say how far it is, at most every two seconds, on stderr."""
    last = now()

    def speak(section: str, done: int) -> None:
        nonlocal last
        if now() - last >= SPEAK_EVERY:
            last = now()
            print(f"{_SECTIONS.get(section, section)}… {_size(done)}", file=sys.stderr, flush=True)

    return speak


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
