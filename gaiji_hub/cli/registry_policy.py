"""`policy` and `municipality acting`: what a business system may be sent, and whether 代決 is allowed."""

from __future__ import annotations

import argparse

from gaiji_hub.cli.registry_identity import acting
from gaiji_hub.cli.registry_release import parse_date
from gaiji_hub.cli.registry_towns import DONE, clock, open_registry, read_registry
from gaiji_hub.moji.policy import Policy, PolicyKind, SpaceRule
from gaiji_hub.services.municipalities import BusinessSystem, locate, set_acting_allowed, set_policy
from gaiji_hub.settings import Settings


def run_set(args: argparse.Namespace, settings: Settings) -> int:
    until = parse_date(args.until, clock()) if args.until else None
    policy = Policy(PolicyKind(args.kind), args.edition, until)
    place = (args.municipality, args.business_system)
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            spaces = SpaceRule(args.space_rule) if args.space_rule else locate(session, *place).space_rule
            _print(set_policy(session, *place, policy, spaces, clock(), by))
    return DONE


def run_show(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.reading_all() as session:
        _print(locate(session, args.municipality, args.business_system))
    return DONE


def run_acting(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            town = set_acting_allowed(session, args.lg_code, args.allow, clock(), by)
    print(f"{town.lg_code} {town.title}: 代決を{'認めます' if town.acting_allowed else '認めません'}")
    return DONE


def _print(system: BusinessSystem) -> None:
    print(f"文字要件\t{system.policy.kind.value}\t{system.policy.describe()}")
    print(f"空白の書き方\t{system.space_rule.value}\t{system.space_rule.label}")
