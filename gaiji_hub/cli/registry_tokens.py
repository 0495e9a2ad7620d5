"""`token`: what machines show instead of a password. The value is printed once and kept nowhere."""

from __future__ import annotations

import argparse
import datetime

from gaiji_hub.cli.registry_identity import acting, place_of
from gaiji_hub.cli.registry_towns import DONE, clock, open_registry, read_registry
from gaiji_hub.moji.actor import Role
from gaiji_hub.services import tokens
from gaiji_hub.settings import Settings

_MOST_DAYS = 10_000  # beyond what a token may live; keeps the date computable


def run_make(args: argparse.Namespace, settings: Settings) -> int:
    expires_at = clock() + datetime.timedelta(days=min(max(args.days, 0), _MOST_DAYS))
    wish = tokens.TokenWish(
        args.title, Role(args.role), tuple(args.scope), expires_at, args.business_system, args.member, args.vendor
    )
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing_all() as session:
            secret, made = tokens.make_token(session, place_of(args), wish, clock(), by)
    print(_line(made, clock()))
    print(f"トークン（表示はこの一度だけ）: {secret}")
    return DONE


def run_list(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.reading_all() as session:
        found = tokens.list_tokens(session, place_of(args))
    for token in found:
        print(_line(token, clock()))
    if not found:
        print("トークンはまだありません（gaiji-hub token make）")
    return DONE


def run_revoke(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing_all() as session:
            print(_line(tokens.revoke_token(session, place_of(args), args.token, clock(), by), clock()))
    return DONE


def _line(token: tokens.Token, now: datetime.datetime) -> str:
    limits = "・".join(part for part in (token.system, token.member, token.vendor) if part) or "—"
    used = f"最後の使用 {token.used_at:%Y-%m-%d}" if token.used_at else "未使用"
    state = "取消し" if token.revoked_at else "期限切れ" if token.expires_at <= now else "有効"
    scopes = "・".join(token.scopes)
    return (
        f"番号 {token.id}\t{token.title}\t{token.role.label}（{scopes}）\t{limits}\t"
        f"{token.expires_at:%Y-%m-%d} まで\t{state}\t{used}"
    )
