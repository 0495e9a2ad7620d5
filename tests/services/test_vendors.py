"""委託先: the town's administrator registers it, and it sees its own jobs after the sign-off and nothing else."""

from __future__ import annotations

import dataclasses

import pytest

from gaiji_hub.errors import HubError
from gaiji_hub.files.sealed import BadSealKey, make_keys
from gaiji_hub.moji.actor import NotAllowed
from gaiji_hub.moji.print_job_state import Happening
from gaiji_hub.services import audit
from gaiji_hub.services.municipalities import AlreadyRegistered
from gaiji_hub.services.print_job_records import UnknownPrintJob
from gaiji_hub.services.vendors import UnknownVendor, list_vendors, register_vendor
from tests.services.conftest import AT
from tests.services.people import ADMIN, CLERK, OTHER, TOWN
from tests.services.print_acts import JOB, Hub, open_hub, receipt_of
from tests.services.print_hub import OTHER_VENDOR, VENDOR, machine


@pytest.fixture
def hub(store, blobs, tables, standard_font) -> Hub:
    return open_hub(store, blobs, tables, standard_font)


def test_a_job_needs_a_vendor_of_the_town(hub):
    with pytest.raises(UnknownVendor):
        hub.submit(vendor="nai")


def test_vendors_are_registered_by_the_administrator(store):
    _, public = make_keys()
    with store.writing() as session:
        with pytest.raises(NotAllowed):
            register_vendor(session, TOWN, VENDOR, "架空印刷", "", AT, CLERK)
        with pytest.raises(BadSealKey):
            register_vendor(session, TOWN, VENDOR, "架空印刷", "鍵", AT, ADMIN)
        first = register_vendor(session, TOWN, VENDOR, "架空印刷", "", AT, ADMIN)
        assert (first, first.key_id) == (register_vendor(session, TOWN, VENDOR, "架空印刷", "", AT, ADMIN), "")
        with pytest.raises(AlreadyRegistered):
            register_vendor(session, TOWN, VENDOR, "別の名", "", AT, ADMIN)
        typed = public.decode().replace("\n", "\r\n")
        keyed = register_vendor(session, TOWN, VENDOR, "架空印刷", typed, AT, ADMIN)
        assert keyed.public_key.encode() == public
        assert list_vendors(session, TOWN) == (keyed,)
        assert list_vendors(session, OTHER) == ()
    with store.reading() as session:
        _, entries = audit.list_entries(session, TOWN, 0, 10, "vendor/")
    assert len(entries) == 2


def test_a_vendor_sees_nothing_before_the_sign_off(hub):
    hub.submit()
    with pytest.raises(UnknownPrintJob):
        hub.fetch()
    assert hub.seen(machine()) == []
    hub.sign_off()
    assert hub.seen(machine()) == [JOB]


@pytest.mark.parametrize(
    "stranger",
    [
        machine(OTHER_VENDOR),
        machine(""),
        machine(system="koseki"),
        dataclasses.replace(machine(), scopes=frozenset()),
        CLERK,
    ],
    ids=["another vendor", "no vendor", "another system", "no scope", "the town's clerk"],
)
def test_a_stranger_gets_what_a_missing_job_gets(hub, stranger):
    hub.submit()
    hub.sign_off()
    receipt = receipt_of(hub.fetch())
    for act in (
        lambda: hub.fetch(stranger),
        lambda: hub.fetch(stranger, name="nai"),
        lambda: hub.receive_receipt(receipt, stranger),
        lambda: hub.receive_receipt(receipt_of(hub.fetch(), manifest="0" * 64), stranger),
    ):
        with pytest.raises(UnknownPrintJob):
            act()
    assert hub.seen(stranger) == []
    assert Happening.DELETED not in hub.happened()


def test_a_vendor_of_another_town_gets_nothing(hub):
    hub.submit()
    hub.sign_off()
    abroad = machine(lg_code=OTHER)
    with pytest.raises(HubError) as refused:
        hub.fetch(abroad)
    assert refused.value.status == 404
    assert hub.seen(abroad) == []
