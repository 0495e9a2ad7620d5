"""`vendor`, `print-job upload | list | withdraw`: print jobs on the hub's own machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from gaiji_hub.cli.registry_identity import acting
from gaiji_hub.cli.registry_towns import DONE, clock, open_registry, read_registry
from gaiji_hub.convert.run import read_at_most
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.services import print_job_records, print_jobs, vendors
from gaiji_hub.services.print_job_records import Job
from gaiji_hub.settings import Settings
from gaiji_hub.workbench.print_job_files import read_pack, zip_bytes
from gaiji_hub.workbench.print_job_receive import receive_pack

_MAX_KEY = 64 << 10
_LISTED = 1_000


def add_vendor(args: argparse.Namespace, settings: Settings) -> int:
    key = _key(args.public_key)
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            made = vendors.register_vendor(session, args.municipality, args.name, args.title, key, clock(), by)
    print(_vendor_line(made))
    return DONE


def show_vendors(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.reading_all() as session:
        found = vendors.list_vendors(session, args.municipality)
    for vendor in found:
        print(_vendor_line(vendor))
    if not found:
        print("印刷委託先はまだ登録されていません（gaiji-hub vendor add）")
    return DONE


def upload(args: argparse.Namespace, settings: Settings) -> int:
    """What the API does with a pack, without a network; 校了 is still a person's, on the page."""
    pack = receive_pack(zip_bytes(read_pack(args.pack).files))
    place, title = (pack.job.municipality, pack.job.business_system), args.title or pack.job.job
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.reading(by) as session:
            print_jobs.check_submission(session, registry.blobs, *place, pack, args.vendor, clock(), by)
        print_jobs.keep_pack(registry.blobs, pack)
        with registry.writing(by) as session:
            job = print_jobs.submit(session, registry.blobs, *place, pack, args.vendor, title, clock(), by)
    print(_job_line(job))
    print(job.next_step(date_in_japan(clock())))
    return DONE


def show_jobs(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.reading_all() as session:
        total, jobs = print_job_records.list_jobs(session, args.municipality, args.business_system, 0, _LISTED)
    for job in jobs:
        print(_job_line(job))
    if total > len(jobs):
        print(f"…ほか {total - len(jobs)} 件")
    if not jobs:
        print("印刷ジョブはまだありません（gaiji-hub print-job make、submit）")
    return DONE


def withdraw(args: argparse.Namespace, settings: Settings) -> int:
    place = (args.municipality, args.business_system, args.job)
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            job = print_jobs.withdraw(session, *place, args.reason, clock(), by)
    print(_job_line(job))
    print(job.next_step(date_in_japan(clock())))
    return DONE


def _key(path: Path | None) -> str:
    return read_at_most(path, _MAX_KEY).decode("ascii", "replace") if path else ""


def _vendor_line(vendor: vendors.Vendor) -> str:
    return f"{vendor.name}\t{vendor.title}\t公開鍵の番号 {vendor.key_id or '—'}"


def _job_line(job: Job) -> str:
    today = date_in_japan(clock())
    due = "\t受領書待ち" if job.receipt_due(today) else ""
    until = job.valid_until.isoformat()
    return (
        f"{job.name}\t{job.title}\t{job.vendor.title}\t{job.state(today).label}\t{job.characters} 字\t{until} まで{due}"
    )
