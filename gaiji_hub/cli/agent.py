"""`gaiji-hub agent …`: the member system's side. The clock is read here and passed down."""

from __future__ import annotations

import argparse
import json
import select
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gaiji_hub.cli import operating_system
from gaiji_hub.distribution.agent import Agent, Status
from gaiji_hub.distribution.bearer import MAX_FILE, parse_token
from gaiji_hub.distribution.sync import SyncResult
from gaiji_hub.distribution.transport import UnknownChannel
from gaiji_hub.distribution.tree import Drift
from gaiji_hub.distribution.watch import EVERY_SECONDS, Round, watch
from gaiji_hub.errors import BadInput, HubError
from gaiji_hub.moji.pack import ATTESTATIONS
from gaiji_hub.settings import Settings

DONE, FINDINGS = 0, 1
ABOUT = "配布版を受け取り、導入し、受領を知らせる（業務システム側。docs/distribution.md）"
BEARER_HELP = "ハブから受け取った認証トークンのファイル（1行。フォルダの伝送路では不要）"
HUB_ATTESTED = "ハブ証明: 発行と承認の鍵はどちらもハブにあります（二者による承認ではありません）"

Run = Callable[[argparse.Namespace, Settings], int]


class OnlyWithWatch(BadInput):
    code = "only_with_watch"
    template = "--every は --watch と一緒に指定してください"


def register(subparsers: Any) -> None:
    """Add `agent` and its commands to the tree."""
    parser = subparsers.add_parser("agent", help=ABOUT, description=ABOUT)
    commands = parser.add_subparsers(dest="agent_command", metavar="操作", required=True)
    enrol = _command(commands, "enrol", run_enrol, "この機械を伝送路に登録する（最初に一度）")
    enrol.add_argument("--channel", required=True, metavar="場所", help="伝送路の URL またはフォルダ")
    enrol.add_argument("--trust", required=True, type=Path, metavar="FILE", help="ハブから受け取った信頼設定ファイル")
    enrol.add_argument("--member", required=True, metavar="NAME", help="この機械の識別名（英小文字・数字・ハイフン）")
    enrol.add_argument("--install", required=True, type=Path, metavar="DIR", help="導入先フォルダ（current ができる）")
    enrol.add_argument("--token-file", type=Path, metavar="FILE", help=BEARER_HELP)
    token = _command(commands, "token", run_token, "ハブの認証トークンを登録する、または入れ替える")
    token.add_argument("--token-file", required=True, type=Path, metavar="FILE", help=BEARER_HELP)
    sync = _command(commands, "sync", run_sync, "新しい配布版を検証して導入し、受領を知らせる")
    sync.add_argument(
        "--watch", action="store_true", help="止めるまで（SIGTERM、Ctrl+C）繰り返し、変化を1行ずつ出力する"
    )
    sync.add_argument(
        "--every", type=_seconds, metavar="秒", help=f"--watch の間隔（既定 {EVERY_SECONDS} 秒、1〜86400）"
    )
    status = _command(commands, "status", run_status, "導入済みの版と未送信の受領通知を見る（通信しない）")
    status.add_argument("--json", action="store_true", help="JSON で出力する")
    _command(commands, "verify", run_verify, "導入済みのファイルを署名された目録と照合する（通信しない）")
    _command(commands, "rollback", run_rollback, "未実装（切り戻しはハブが新しい通番で発行する）")
    _command(
        commands,
        "install-offline",
        run_install_offline,
        "未実装（伝送路フォルダを媒体で運び enrol --channel に指定できる）",
    )


def _command(commands: Any, name: str, run: Run, help_text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help_text, description=help_text)
    parser.add_argument("--home", type=Path, metavar="DIR", help="受信側の控えの置き場（既定 <データフォルダ>/agent）")
    parser.set_defaults(run=run)
    return parser


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 86_400):
        raise argparse.ArgumentTypeError("1〜86400 の秒数で指定してください")
    return int(text)


def _agent(args: argparse.Namespace, settings: Settings) -> Agent:
    return Agent(_home(args, settings))


def _home(args: argparse.Namespace, settings: Settings) -> Path:
    home: Path = args.home or settings.data / "agent"
    return home.absolute()


def run_enrol(args: argparse.Namespace, settings: Settings) -> int:
    home = _home(args, settings)
    token = _read_token(args.token_file) if args.token_file else ""
    agent = Agent.enrol(home, args.channel, args.trust.read_bytes(), args.member, args.install, token)
    status = agent.status()
    print(f"登録しました: 伝送路 {status.channel}、識別名 {status.member}、導入先 {status.install}")
    _print_attestation(status.attestation)
    return DONE


def _read_token(path: Path) -> str:
    with path.open("rb") as file:
        return parse_token(file.read(MAX_FILE + 1))


def run_token(args: argparse.Namespace, settings: Settings) -> int:
    _agent(args, settings).keep_token(_read_token(args.token_file))
    print("認証トークンを登録しました（次の同期から使います）")
    return DONE


def run_sync(args: argparse.Namespace, settings: Settings) -> int:
    """0 up to date or installed, or asked to stop watching; 1 when the installed files were changed and put back."""
    agent = _agent(args, settings)
    if args.watch:
        agent.status()  # what is not enrolled or damaged ends here; what fails later is tried again
        return _run_watch(agent, args.every or EVERY_SECONDS)
    if args.every:
        raise OnlyWithWatch()
    result = agent.sync(datetime.now(UTC))
    _print_sync(result)
    return FINDINGS if result.repaired else DONE


def _run_watch(agent: Agent, every: int) -> int:
    def say(line: str) -> None:
        print(f"{datetime.now(UTC).astimezone().isoformat(timespec='seconds')} {line}", flush=True)

    with _stop_signals() as stopped:
        say(f"見張りを始めます（{every} 秒ごと）")
        watch(lambda: _round(agent), lambda seconds: bool(select.select([stopped], [], [], seconds)[0]), say, every)
        say("停止しました")
    return DONE


@contextmanager
def _stop_signals() -> Iterator[socket.socket]:
    """A socket that becomes readable at SIGTERM or SIGINT: a sync under way is finished first."""
    stopped, sender = socket.socketpair()
    before = {number: signal.signal(number, lambda *_: _wake(sender)) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for number, old in before.items():
            signal.signal(number, old)
        stopped.close()
        sender.close()


def _wake(sender: socket.socket) -> None:
    sender.send(b"s")


def _round(agent: Agent) -> Round:
    """One sync as lines. What fails is said and tried again: nobody stands beside a watching agent."""
    try:
        result = agent.sync(datetime.now(UTC))
    except HubError as error:
        return Round(problem=f"{error} [{error.code}]", waits=isinstance(error, UnknownChannel))
    except OSError as error:
        return Round(problem=operating_system.told(error)[0])
    changes = []
    if result.repaired:
        changes.append(f"導入済みの内容が署名された目録と違っていたため、入れ直しました: {_count(result.repaired)}")
    if result.installed:
        changes.append(_installed(result))
    if result.delivery.delivered:
        changes.append(f"受領通知を送りました: {result.delivery.delivered} 件")
    return Round(tuple(changes), problem=result.delivery.reason, note=_lost(result), waits=True)


def _count(drift: Drift) -> str:
    return f"{len(drift.changed) + len(drift.missing) + len(drift.extra)} 件"


def _installed(result: SyncResult) -> str:
    return f"導入しました: 通番 {'・'.join(map(str, result.installed))}（配布版 第{result.held.number}版）"


def _lost(result: SyncResult) -> str:
    """What the operator must know of publications that the hub lost, or ""."""
    if not result.lost:
        return ""
    said = f"欠番 {_ranges(result.lost)}: ハブの復元で失われました"
    if result.held.seq in result.lost:
        said += f"（この機械は通番 {result.held.seq} を導入したままです。次の配布で置き換わります）"
    return said


def _ranges(numbers: Sequence[int]) -> str:
    """`(6, 7, 9)` → `6–7・9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "・".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _print_sync(result: SyncResult) -> None:
    if lost := _lost(result):
        print(lost)
    if result.repaired:
        print("導入済みの内容が署名された目録と違っていたため、入れ直しました:")
        _print_drift(result.repaired)
    if result.installed:
        print(_installed(result))
    elif result.held.seq:
        print(f"最新です: 通番 {result.held.seq}（配布版 第{result.held.number}版）")
    else:
        print("この伝送路にはまだ配布がありません")
    _print_attestation(result.attestation)
    refused = f"、ハブが拒否 {result.delivery.refused} 件" if result.delivery.refused else ""
    print(f"受領通知: 送信 {result.delivery.delivered} 件、未送信 {result.delivery.pending} 件{refused}")
    if result.delivery.reason:
        print(f"  {result.delivery.reason}")


def run_status(args: argparse.Namespace, settings: Settings) -> int:
    status = _agent(args, settings).status()
    if args.json:
        print(json.dumps(asdict(status), ensure_ascii=False, sort_keys=True))
    else:
        _print_status(status)
    return DONE


def _print_status(status: Status) -> None:
    print(f"伝送路: {status.channel}（{status.address}）")
    print(f"識別名: {status.member}")
    print(f"導入先: {status.install}")
    if status.seq:
        print(f"導入済み: 通番 {status.seq}（配布版 第{status.release_number}版、{status.release_date or '日付不明'}）")
        print(f"配布版のハッシュ: {status.release_hash or '読み取れません'}")
        print(f"使用中のパック: {status.current or 'なし（current がありません。verify と sync をしてください）'}")
    else:
        print("導入済み: なし")
    _print_attestation(status.attestation)
    print(f"監査証跡の先頭: {f'通番 {status.audit.seq}（{status.audit.hash}）' if status.audit else 'なし'}")
    print(f"認証トークン: {'あり' if status.token else 'なし'}")
    print(f"未送信の受領通知: {len(status.pending)} 件")
    if status.refused:
        numbers = _ranges(sorted(set(status.refused)))
        print(f"ハブが拒否した受領通知: {len(status.refused)} 件（通番 {numbers}。ハブの担当者に知らせてください）")


def run_verify(args: argparse.Namespace, settings: Settings) -> int:
    """0 when everything is as signed; 1 when something changed, is missing or was added."""
    agent = _agent(args, settings)
    drift, status = agent.verify(), agent.status()
    if not status.seq:
        print("まだ何も導入されていません")
    elif drift:
        print(f"導入済みの内容が署名された目録と違います（通番 {status.seq}）:")
        _print_drift(drift)
        print("直すには gaiji-hub agent sync を実行してください")
    else:
        print(f"導入済みの内容は署名された目録と一致しています（通番 {status.seq}）")
    _print_attestation(status.attestation)
    return FINDINGS if drift else DONE


def _print_drift(drift: Drift) -> None:
    for label, paths in (("変わっている", drift.changed), ("なくなっている", drift.missing), ("余分", drift.extra)):
        for path in paths:
            print(f"  {label}: {path}")


def _print_attestation(attestation: str) -> None:
    print(HUB_ATTESTED if attestation == "hub" else ATTESTATIONS[attestation])


def run_rollback(args: argparse.Namespace, settings: Settings) -> int:
    _agent(args, settings).rollback()
    return DONE


def run_install_offline(args: argparse.Namespace, settings: Settings) -> int:
    _agent(args, settings).install_offline()
    return DONE
