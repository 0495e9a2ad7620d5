"""本人の確認: who a command is run by. A person shows a password, on the terminal or in a file."""

from __future__ import annotations

import argparse
import datetime
import getpass
import stat
import sys
from pathlib import Path

from gaiji_hub.errors import BadInput, Refused
from gaiji_hub.moji.actor import CONSOLE, HUB, Actor
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.login import authenticate, check_login, wrong_login
from gaiji_hub.services.people import MAX_PASSWORD, find_person

_MAX_FILE = 4096


class PasswordNeeded(BadInput):
    code = "password_needed"
    template = "パスワードを尋ねる端末がありません。--password-file FILE を指定してください"


class BadPasswordFile(BadInput):
    code = "bad_password_file"
    template = "パスワードのファイルを読めません: {reason}"


class ChangePasswordFirst(Refused):
    code = "change_password_first"
    template = "最初のパスワードのままです。画面か gaiji-hub person password --as {login} で変えてください"


def acting(args: argparse.Namespace, registry: Registry, at: datetime.datetime) -> Actor:
    """The person named by `--as`, who has shown the password; the console where nobody is named.

    A wrong password is counted before `WrongLogin` is raised, as on the login page.
    """
    if args.login is None:
        return CONSOLE
    actor = prove(registry, args.login, asked_password(args.password_file), at)
    with registry.reading_all() as session:
        if find_person(session, args.login, at).must_change:
            raise ChangePasswordFirst(login=args.login)
    return actor


def prove(registry: Registry, login: str, password: str, at: datetime.datetime) -> Actor:
    """The person as an actor, or `WrongLogin` once the failure is kept."""
    with registry.reading_all() as session:
        checked = check_login(session, login, password)
    with registry.writing_all() as session:
        actor = authenticate(session, checked, at)
    if actor is None:
        raise wrong_login()
    return actor


def asked_password(file: Path | None, prompt: str = "パスワード: ") -> str:
    """From the first line of a file, else from the terminal without echo."""
    if file is not None:
        return _read(file)
    if not sys.stdin.isatty():
        raise PasswordNeeded
    return getpass.getpass(prompt)


def place_of(args: argparse.Namespace) -> str:
    """The municipality that was named, or `HUB`."""
    return HUB if args.hub else str(args.municipality)


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(_MAX_FILE + 1)
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        print(f"注意: ほかの利用者もパスワードのファイルを読めます（chmod 600 {file.name}）", file=sys.stderr)
    try:
        line = data.decode().split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError:
        raise BadPasswordFile(reason="UTF-8 ではありません") from None
    if not 1 <= len(line) <= MAX_PASSWORD:
        raise BadPasswordFile(reason=f"1行目が1〜{MAX_PASSWORD}文字ではありません")
    return line
