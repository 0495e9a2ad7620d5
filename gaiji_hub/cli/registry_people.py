"""`person`: who may log in and what they may do where. First passwords are printed once and kept nowhere."""

from __future__ import annotations

import argparse
import datetime

from gaiji_hub.cli.registry_identity import acting, asked_password, place_of, prove
from gaiji_hub.cli.registry_release import parse_date
from gaiji_hub.cli.registry_towns import DONE, clock, open_registry, read_registry
from gaiji_hub.errors import BadInput
from gaiji_hub.moji.actor import Role
from gaiji_hub.services import people
from gaiji_hub.services.login import change_password, check_login, end_sessions, new_hash, wrong_login
from gaiji_hub.settings import Settings


class PasswordsDiffer(BadInput):
    code = "passwords_differ"
    template = "2回の入力が違います。もう一度実行してください"


def run_add(args: argparse.Namespace, settings: Settings) -> int:
    """The person and the first role in one transaction: nobody is left without a place by half a command."""
    place, password = place_of(args), "" if args.no_password else people.new_password()
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing_all() as session:
            made = people.register_person(session, place, args.new_login, args.name, password, clock(), by)
            if args.role:
                people.grant(session, place, args.new_login, Role(args.role), clock(), by)
    role = Role(args.role).label if args.role else "役割なし"
    print(f"登録しました: {made.login}\t{made.name}\t{made.home or 'ハブ'}\t{role}")
    _print_password(password)
    if not password:
        print("パスワードはありません。gaiji-hub person link-oidc で OpenID Connect の利用者と結び付けてください")
    return DONE


def run_list(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.reading_all() as session:
        found = people.list_people(session, place_of(args), clock())
    for one in found:
        mine = (role for role in one.roles if role.lg_code == place_of(args))
        roles = "・".join(f"{role.role.label}（番号 {role.id}{_until(role)}）" for role in mine) or "役割なし"
        print(f"{one.login}\t{one.name}\t{one.home or 'ハブ'}\t{roles}\t{_state(one, clock())}")
    if not found:
        print("人はまだ登録されていません（gaiji-hub person add）")
    return DONE


def run_grant(args: argparse.Namespace, settings: Settings) -> int:
    until = parse_date(args.until, clock()) if args.until else None
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing_all() as session:
            made = people.grant(session, place_of(args), args.subject_login, Role(args.role), clock(), by, until)
    print(f"役割を付けました: {args.subject_login}\t{made.role.label}（番号 {made.id}{_until(made)}）")
    return DONE


def run_end_role(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing_all() as session:
            people.end_role(session, place_of(args), args.assignment, clock(), by)
    print(f"役割（番号 {args.assignment}）を外しました")
    return DONE


def run_reset(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing_all() as session:
            password = people.reset_password(session, place_of(args), args.subject_login, clock(), by)
            end_sessions(session, people.find_person(session, args.subject_login, clock()).id)
    _print_password(password)
    return DONE


def run_disable(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing_all() as session:
            one = people.set_disabled(session, place_of(args), args.subject_login, not args.enable, clock(), by)
            end_sessions(session, one.id)
    print(f"{one.login} のログインを{'止めました' if one.disabled else 'また認めました'}")
    return DONE


def run_link_oidc(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing_all() as session:
            people.link_oidc(session, place_of(args), args.subject_login, args.issuer, args.subject, clock(), by)
    print(f"{args.subject_login} を OpenID Connect の利用者と結び付けました")
    return DONE


def run_password(args: argparse.Namespace, settings: Settings) -> int:
    """Change one's own password; the only command for which a first password is enough."""
    with open_registry(settings) as registry:
        old = asked_password(args.password_file, "いまのパスワード: ")
        actor = prove(registry, args.login, old, clock())
        new = asked_password(args.new_password_file, "新しいパスワード: ")
        if args.new_password_file is None and new != asked_password(None, "新しいパスワード（もう一度）: "):
            raise PasswordsDiffer
        with registry.reading_all() as session:
            hashed, checked = new_hash(args.login, old, new), check_login(session, args.login, old)
        with registry.writing_all() as session:
            changed = change_password(session, actor, checked, hashed, clock())
    if not changed:
        raise wrong_login()
    print("パスワードを変えました。開いていた画面はログインし直しになります")
    return DONE


def _print_password(password: str) -> None:
    if password:
        print(f"最初のパスワード（表示はこの一度だけ）: {password}")
        print("本人に渡してください。最初のログインで本人が変えます。")


def _until(role: people.PersonRole) -> str:
    return f"、{role.until} まで" if role.until else ""


def _state(one: people.Person, now: datetime.datetime) -> str:
    if one.disabled:
        return "停止中"
    if one.locked_until and one.locked_until > now:
        return "一時的にログイン不可"
    return "最初のパスワードのまま" if one.must_change else "利用中"
