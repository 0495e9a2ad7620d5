"""`municipality`, `business-system`, `member`: who there is."""

from __future__ import annotations

import argparse
import datetime

from gaiji_hub.services.acknowledgements import collect_acknowledgements
from gaiji_hub.services.delivery import STATE_LABELS, members_state, register_member
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import (
    list_business_systems,
    list_municipalities,
    register_business_system,
    register_municipality,
)
from gaiji_hub.settings import Settings

DONE, FINDINGS = 0, 1


def open_registry(settings: Settings) -> Registry:
    return Registry.open(settings.data, settings.database_url, marks=settings.marks)


def read_registry(settings: Settings) -> Registry:
    """The registry for a command that changes nothing: not the schema of its database either."""
    return Registry.open_for_reading(settings.data, settings.database_url, marks=settings.marks)


def clock() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def add_municipality(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry, registry.store.writing() as session:
        town = register_municipality(session, args.lg_code, args.title, clock())
    print(f"団体を登録しました: {town.lg_code} {town.title}")
    return DONE


def show_municipalities(_args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.store.reading() as session:
        towns = [(town, list_business_systems(session, town.lg_code)) for town in list_municipalities(session)]
    for town, systems in towns:
        known = "・".join(f"{system.name}（{system.title}）" for system in systems)
        print(f"{town.lg_code}\t{town.title}\t{known or '業務システムなし'}")
    if not towns:
        print("団体はまだ登録されていません（gaiji-hub municipality add）")
    return DONE


def add_business_system(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry, registry.store.writing() as session:
        system = register_business_system(
            session, args.municipality, args.business_system, args.title, args.code_system, clock()
        )
    print(f"業務システムを登録しました: {system.lg_code} {system.name} {system.title}（{system.code_system.name}）")
    return DONE


def show_business_systems(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.store.reading() as session:
        systems = list_business_systems(session, args.municipality)
    for system in systems:
        area = f"{system.code_system.name}（外字領域 {system.code_system.area}）"
        print(f"{system.name}\t{system.title}\t{area}")
    if not systems:
        print("業務システムはまだ登録されていません（gaiji-hub business-system add）")
    return DONE


def add_member(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry, registry.store.writing() as session:
        member = register_member(session, args.municipality, args.business_system, args.name, args.title, clock())
    print(f"受信側システムを登録しました: {member.name} {member.title}")
    print("受信側では gaiji-hub keys trust で書き出した信頼ファイルを使い、gaiji-hub agent enrol で登録します。")
    return DONE


def show_members(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.store.reading() as session:
        states = members_state(session, args.municipality, args.business_system)
    for state in states:
        held = f"通番 {state.seq} / {state.published_seq}" if state.seq else f"通番 — / {state.published_seq}"
        print(f"{state.member.name}\t{state.member.title}\t{STATE_LABELS[state.state]}\t{held}\t{state.installed_at}")
    if not states:
        print("受信側システムはまだ登録されていません（gaiji-hub member add）")
    return DONE


def collect_notices(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        collected = collect_acknowledgements(registry, args.municipality, args.business_system, clock())
    print(f"受領通知 {collected.recorded} 件を記録しました（記録済みのものを含みます）")
    for problem in collected.problems:
        print(f"記録できない受領通知: {problem}")
    return FINDINGS if collected.problems else DONE
