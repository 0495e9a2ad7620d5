"""`gaiji-hub print-job sign-off | verify | keygen | seal | open | receipt`: a pack on its way to the vendor and back.

The vendor's half works with the base install. The clock is read here: validity and dates are Japan's.
"""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gaiji_hub.convert.run import read_at_most
from gaiji_hub.errors import BadInput, Refused
from gaiji_hub.files.durable import OutputExists, atomic_file, check_output, write_atomic
from gaiji_hub.files.sealed import MAX_SEALED, key_id, make_keys, seal, unseal
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.print_job import STATEMENT, SignOff
from gaiji_hub.settings import Settings
from gaiji_hub.workbench.print_job_files import (
    OpenPack,
    add_sign_off,
    delete_pack,
    deletion_receipt,
    read_pack,
    signed_off,
    unzip,
    verify_pack,
    write_pack,
    zip_bytes,
)

if TYPE_CHECKING:
    from argparse import _SubParsersAction as Subparsers

DONE, FINDINGS = 0, 1
PRIVATE, PUBLIC = "vendor.key", "vendor.pub"
_MAX_KEY = 64 << 10


class PrintPackExpired(Refused):
    code = "print_pack_expired"
    template = "このパックの有効期間は {until} に終わっています。団体に新しいパックを依頼してください"


class PrintPackNotYetValid(Refused):
    code = "print_pack_not_yet_valid"
    template = "このパックの有効期間は {start} からです"


class OutputInsidePack(BadInput):
    code = "output_inside_pack"
    template = "{name} は、パックのフォルダの外に書いてください"


def register(actions: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the commands to those of `print-job`."""
    sign = _command(actions, "sign-off", "校正紙を確かめた記録（校了）をパックに入れる。以後の変更は拒まれる")
    _pack(sign)
    sign.add_argument("--by", metavar="NAME", required=True, help="校了した人または職名")
    sign.set_defaults(run=run_sign_off)
    verify = _command(actions, "verify", "パックが目録どおりか、校了と有効期間はどうかを調べる")
    _pack(verify)
    verify.set_defaults(run=run_verify)
    keygen = _command(actions, "keygen", "印刷会社が、封かんを開く鍵（vendor.key・vendor.pub）を作る")
    keygen.add_argument("--out", metavar="DIR", type=Path, required=True, help="鍵を書き出すフォルダ")
    keygen.set_defaults(run=run_keygen)
    seal_parser = _command(actions, "seal", "校了したパックを、宛先の印刷会社だけが開けるように封かんする")
    _pack(seal_parser)
    seal_parser.add_argument("--recipient", metavar="vendor.pub", type=Path, required=True, help="印刷会社の公開鍵")
    seal_parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="封かんしたファイル")
    seal_parser.add_argument("--force", action="store_true", help="既にあるファイルを上書きする")
    seal_parser.set_defaults(run=run_seal)
    open_parser = _command(actions, "open", "封かんされたパックを開く（印刷会社）。有効期間の外では開かない")
    open_parser.add_argument("file", metavar="FILE", type=Path, help="封かんされたファイル")
    open_parser.add_argument("--key", metavar="vendor.key", type=Path, required=True, help="印刷会社の秘密鍵")
    open_parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="新しく作るフォルダ")
    open_parser.set_defaults(run=run_open)
    receipt = _command(actions, "receipt", "開いたパックのフォルダを削除し、削除の受領証を書く（印刷会社）")
    _pack(receipt)
    receipt.add_argument("--by", metavar="NAME", required=True, help="削除した会社・部署")
    receipt.add_argument("--out", metavar="receipt.json", type=Path, required=True, help="受領証（パックの外に書く）")
    receipt.set_defaults(run=run_receipt)


def _command(actions: Subparsers[argparse.ArgumentParser], name: str, about: str) -> argparse.ArgumentParser:
    return actions.add_parser(name, help=about, description=about)


def _pack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", metavar="PACK", type=Path, help="印刷ジョブパックのフォルダまたは .zip")


def run_sign_off(args: argparse.Namespace, _settings: Settings) -> int:
    job = read_pack(args.pack).job
    sign_off = SignOff(job.hash, args.by, _today())
    add_sign_off(args.pack, sign_off)
    print(f"校了しました（{sign_off.at.isoformat()}）。目録のハッシュ {job.hash}")
    return DONE


def run_verify(args: argparse.Namespace, _settings: Settings) -> int:
    """Exit code 1 outside the validity period; a changed pack is refused."""
    pack = read_pack(args.pack)
    print("\n".join(_described(pack)))
    today = _today()
    if today > pack.job.valid_until:
        print("有効期間が終わっています。削除して受領証を団体へ渡してください（print-job receipt）")
        return FINDINGS
    if today < pack.job.valid_from:
        print("有効期間はまだ始まっていません")
        return FINDINGS
    return DONE


def run_keygen(args: argparse.Namespace, _settings: Settings) -> int:
    args.out.mkdir(parents=True, exist_ok=True)
    for name in (PRIVATE, PUBLIC):
        check_output(args.out / name, force=False)
    private, public = make_keys()
    write_atomic(args.out / PRIVATE, private)
    write_atomic(args.out / PUBLIC, public, shared=True)
    print(f"鍵を作りました: {PRIVATE}（外に出さない）・{PUBLIC}（団体に渡す）")
    print(f"公開鍵の番号 {key_id(public)}（団体と電話などで読み合わせてください）")
    return DONE


def run_seal(args: argparse.Namespace, _settings: Settings) -> int:
    check_output(args.out, force=args.force)
    _check_outside(args.out, args.pack)
    pack = read_pack(args.pack)
    signed_off(pack)
    _check_valid(pack, started=False)
    public = read_at_most(args.recipient, _MAX_KEY)
    write_atomic(args.out, seal(zip_bytes(pack.files), public))
    print(f"封かんしました: {args.out}")
    print(f"宛先の公開鍵の番号 {key_id(public)}（印刷会社と読み合わせてください）")
    print(f"目録のハッシュ {pack.job.hash}（中身が同じことを印刷会社と確かめる値）")
    return DONE


def run_open(args: argparse.Namespace, _settings: Settings) -> int:
    if args.out.exists():
        raise OutputExists(path=args.out.name)
    private = read_at_most(args.key, _MAX_KEY)
    pack = verify_pack(unzip(unseal(read_at_most(args.file, MAX_SEALED), private)), args.file.name)
    signed_off(pack)
    _check_valid(pack, started=True)
    write_pack(args.out, pack.files)
    print("\n".join([*_described(pack), f"開きました: {args.out}"]))
    print("有効期間は取り決めです。使い終わったら print-job receipt で削除し、受領証を団体へ渡してください")
    return DONE


def run_receipt(args: argparse.Namespace, _settings: Settings) -> int:
    """The receipt is ready on disk before anything is deleted, and appears when all is gone."""
    check_output(args.out, force=False)
    _check_outside(args.out, args.pack)
    pack = read_pack(args.pack)
    receipt = deletion_receipt(args.pack, pack, args.by, _today())
    with atomic_file(args.out) as file:
        file.write(receipt.to_bytes())
        delete_pack(args.pack, pack.files)
    print(f"削除しました: {args.pack.name}（ファイル {len(receipt.files)} 個）")
    print(f"受領証: {args.out}")
    print(STATEMENT)
    return DONE


def _check_outside(out: Path, pack: Path) -> None:
    """A file more in a pack's folder would make it a changed pack; a pack is not replaced by what is made of it."""
    if out.resolve().is_relative_to(pack.resolve()):
        raise OutputInsidePack(name=out.name)


def _described(pack: OpenPack) -> list[str]:
    job = pack.job
    signed = pack.sign_off
    return [
        f"ジョブ {job.job}　{job.municipality}-{job.business_system} 第 {job.release} 版",
        f"文字 {len(job.characters):,} 種　有効期間 {job.valid_from.isoformat()} 〜 {job.valid_until.isoformat()}",
        f"校了 {signed.at.isoformat()}　{signed.by}" if signed else "校了 まだ",
        f"目録のハッシュ {job.hash}",
    ]


def _check_valid(pack: OpenPack, *, started: bool) -> None:
    """Raises `PrintPackExpired` or, where it must have `started`, `PrintPackNotYetValid`."""
    today = _today()
    if today > pack.job.valid_until:
        raise PrintPackExpired(until=pack.job.valid_until.isoformat())
    if started and today < pack.job.valid_from:
        raise PrintPackNotYetValid(start=pack.job.valid_from.isoformat())


def _today() -> datetime.date:
    return date_in_japan(datetime.datetime.now(datetime.UTC))
