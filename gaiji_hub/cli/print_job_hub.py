"""`gaiji-hub print-job submit | jobs | fetch | send-receipt`: a pack to and from the hub over the network.

Base install. Beside them the arguments of `vendor` and `print-job upload | list | withdraw`, which work on the hub's
own machine (`registry_print`) and need the hub's parts.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from gaiji_hub.cli import Run
from gaiji_hub.cli.registry_arguments import command, later, person_arguments, system_arguments
from gaiji_hub.convert.run import read_at_most
from gaiji_hub.distribution.bearer import MAX_FILE, parse_token
from gaiji_hub.distribution.hub_client import HubClient
from gaiji_hub.errors import Refused, Unavailable
from gaiji_hub.files.durable import OutputExists
from gaiji_hub.moji.lg_code import parse_lg_code
from gaiji_hub.moji.names import parse_name
from gaiji_hub.moji.print_job import DeletionReceipt
from gaiji_hub.settings import Settings
from gaiji_hub.workbench.print_job_files import (
    MAX_BYTES,
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
_MAX_RECEIPT = 64 << 10
_TOWNS = "/api/v1/municipalities"


class HubPartsMissing(Unavailable):
    code = "hub_parts_missing"
    template = "ハブのコンピュータで使うコマンドです。追加の部品が必要です: gaiji-hub[server] を入れてください"


class OtherPackFetched(Refused):
    code = "other_pack_fetched"
    template = "ハブから届いたパックは、頼んだジョブのものではありません。何も書いていません"


def register(subparsers: Any, actions: Subparsers[argparse.ArgumentParser]) -> None:
    """Add `vendor` to the commands and the rest to those of `print-job`."""
    submit = command(
        actions, "submit", "パックをハブに提出する（団体。移行ツールのトークン、範囲 convert）", run_submit
    )
    submit.add_argument("pack", metavar="PACK", type=Path, help="印刷ジョブパックのフォルダまたは .zip")
    _hub_arguments(submit)
    _vendor_arguments(submit)
    jobs = command(actions, "jobs", "自社あての印刷ジョブの一覧（印刷会社）", run_jobs)
    _hub_arguments(jobs)
    jobs.add_argument("--municipality", metavar="LG", required=True, help="団体コード（6桁）")
    fetch = command(
        actions, "fetch", "校了したパックをハブから受け取る（印刷会社）。受取りは団体に記録される", run_fetch
    )
    _hub_arguments(fetch)
    system_arguments(fetch)
    fetch.add_argument("--job", metavar="NAME", required=True, help="ジョブの識別名")
    fetch.add_argument("--out", metavar="DIR|ZIP", type=Path, required=True, help="新しく作るフォルダ、または .zip")
    send = command(actions, "send-receipt", "削除の受領証をハブに送る（印刷会社）", run_send_receipt)
    send.add_argument("receipt", metavar="receipt.json", type=Path, help="print-job receipt が書いた受領証")
    _hub_arguments(send)
    _register_console(subparsers, actions)


def _register_console(subparsers: Any, actions: Subparsers[argparse.ArgumentParser]) -> None:
    vendors = command(subparsers, "vendor", "印刷委託先を登録する・一覧にする（ハブのコンピュータで）")
    add = command(vendors, "add", "印刷委託先を登録する。同じ名称で鍵だけ替えられる", _console("add_vendor"))
    add.add_argument("name", metavar="VENDOR", help="印刷委託先の識別名（例 insatsu）")
    add.add_argument("--municipality", metavar="LG", required=True, help="団体コード（6桁）")
    add.add_argument("--title", required=True, help="印刷委託先の名称")
    add.add_argument("--public-key", metavar="vendor.pub", type=Path, help="封かんに使う公開鍵")
    person_arguments(add, required=False)
    show = command(vendors, "list", "印刷委託先の一覧", _console("show_vendors"))
    show.add_argument("--municipality", metavar="LG", required=True, help="団体コード（6桁）")
    upload = command(actions, "upload", "ハブのコンピュータで、パックをそのまま登録する", _console("upload"))
    upload.add_argument("pack", metavar="PACK", type=Path, help="印刷ジョブパックのフォルダまたは .zip")
    _vendor_arguments(upload)
    person_arguments(upload, required=False)
    listing = command(actions, "list", "ハブのコンピュータで、印刷ジョブの一覧を見る", _console("show_jobs"))
    system_arguments(listing)
    withdraw = command(actions, "withdraw", "ハブのコンピュータで、印刷ジョブを取り下げる", _console("withdraw"))
    system_arguments(withdraw)
    withdraw.add_argument("--job", metavar="NAME", required=True, help="ジョブの識別名")
    withdraw.add_argument("--reason", required=True, help="取下げの理由")
    person_arguments(withdraw, required=False)


def _console(name: str) -> Run:
    run = later("registry_print", name)

    def checked(args: argparse.Namespace, settings: Settings) -> int:
        if importlib.util.find_spec("sqlalchemy") is None:
            raise HubPartsMissing
        return run(args, settings)

    return checked


def _hub_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hub", metavar="URL", required=True, help="ハブのアドレス（例 https://gaiji.example.lg.jp）")
    parser.add_argument("--token-file", metavar="FILE", type=Path, required=True, help="トークンを1行で書いたファイル")


def _vendor_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vendor", metavar="NAME", required=True, help="渡す印刷委託先の識別名")
    parser.add_argument("--title", default="", help="画面に出す名称（例 納税通知書。既定はジョブの識別名）")


def run_submit(args: argparse.Namespace, _settings: Settings) -> int:
    pack = read_pack(args.pack)
    job = pack.job
    path = _job_path(job.municipality, job.business_system, job.job)
    query = urlencode({"vendor": args.vendor, "title": args.title})
    answer = _client(args).ask("PUT", f"{path}?{query}", zip_bytes(pack.files), "application/zip")
    print(f"提出しました: {job.job}　状態 {_field(answer, 'state_label')}　目録のハッシュ {job.hash}")
    print("次: ハブの画面で校正紙を確かめ、校了してください。校了するまで委託先には見えません")
    return DONE


def run_jobs(args: argparse.Namespace, _settings: Settings) -> int:
    answer = _client(args).ask("GET", f"{_TOWNS}/{parse_lg_code(args.municipality)}/print-jobs")
    items = json.loads(answer)["items"]
    for item in items:
        due = "\t受領書待ち" if item["receipt_due"] else ""
        system, until = item["business_system"], item["valid_until"]
        print(f"{item['job']}\t{system}\t{item['state_label']}\t{item['characters']} 字\t{until} まで{due}")
    if not items:
        print("受け取れる印刷ジョブはありません（団体の校了を待ってください）")
    return DONE


def run_fetch(args: argparse.Namespace, _settings: Settings) -> int:
    """The pack is verified before anything is written: manifest, 校了, and that it is the job asked for."""
    if args.out.exists():
        raise OutputExists(path=args.out.name)
    place = (parse_lg_code(args.municipality), parse_name(args.business_system), parse_name(args.job))
    pack = verify_pack(unzip(_client(args).ask("GET", _job_path(*place) + "/pack", most=MAX_BYTES)), args.job)
    signed = signed_off(pack)
    if (pack.job.municipality, pack.job.business_system, pack.job.job) != place:
        raise OtherPackFetched
    write_pack(args.out, pack.files)
    print(
        f"受け取りました: {args.out}　文字 {len(pack.job.characters):,} 種　校了 {signed.at.isoformat()}　{signed.by}"
    )
    print(f"有効期間 {pack.job.valid_until.isoformat()} まで　目録のハッシュ {pack.job.hash}")
    print("使い終わったら print-job receipt で削除し、print-job send-receipt で受領証を送ってください")
    return DONE


def run_send_receipt(args: argparse.Namespace, _settings: Settings) -> int:
    data = read_at_most(args.receipt, _MAX_RECEIPT)
    receipt = DeletionReceipt.from_bytes(data)
    path = f"{_TOWNS}/{parse_lg_code(receipt.municipality)}/print-receipts"
    answer = _client(args).ask("POST", path, data, "application/json")
    print(f"受領証を送りました: {receipt.job}　状態 {_field(answer, 'state_label')}")
    return DONE


def _client(args: argparse.Namespace) -> HubClient:
    return HubClient(args.hub, parse_token(read_at_most(args.token_file, MAX_FILE)))


def _job_path(lg_code: str, system: str, job: str) -> str:
    return f"{_TOWNS}/{quote(lg_code, safe='')}/systems/{quote(system, safe='')}/print-jobs/{quote(job, safe='')}"


def _field(answer: bytes, name: str) -> str:
    return str(json.loads(answer)[name])
