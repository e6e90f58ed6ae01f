from __future__ import annotations

from datetime import timedelta

import pytest

from shipsync_site.lib import clock
from stores.choices import DatabaseChoiceStore, keep_all, listed
from stores.models import Choice, ChoiceList
from stores.remote_types import Choice as Listed
from stores.remote_types import ChoiceKind

pytestmark = pytest.mark.django_db
KEY = "remote-1"


def carrier(code: str, scope: str = "", **fields: str) -> Listed:
    return Listed(
        kind=ChoiceKind.CARRIER,
        code=code,
        label=fields.pop("label", code.title()),
        scope=scope,
        **fields,
    )


def test_a_list_that_was_never_read_is_not_an_empty_one() -> None:
    store = DatabaseChoiceStore(KEY)

    assert store.get(ChoiceKind.CARRIER) is None

    store.keep(ChoiceKind.CARRIER, "", ())

    assert store.get(ChoiceKind.CARRIER) == ()


def test_what_is_kept_replaces_the_list_in_the_marketplaces_order() -> None:
    store = DatabaseChoiceStore(KEY)
    store.keep(ChoiceKind.CARRIER, "", (carrier("old"),))

    store.keep(
        ChoiceKind.CARRIER,
        "",
        (carrier("ups", standard="UPS"), carrier("dhl"), carrier("ups", label="Again")),
    )

    found = store.get(ChoiceKind.CARRIER) or ()
    assert [(x.code, x.label, x.standard) for x in found] == [
        ("ups", "Again", ""),
        ("dhl", "Dhl", ""),
    ]


def test_lists_of_other_scopes_kinds_and_accounts_stay_apart() -> None:
    store = DatabaseChoiceStore(KEY)
    store.keep(ChoiceKind.CARRIER, "express", (carrier("dhl", "express"),))
    store.keep(
        ChoiceKind.CANCEL_REASON,
        "",
        (Listed(kind=ChoiceKind.CANCEL_REASON, code="stock", label="Out of stock"),),
    )

    assert store.get(ChoiceKind.CARRIER) is None
    assert DatabaseChoiceStore("remote-2").get(ChoiceKind.CANCEL_REASON) is None
    assert [x.code for x in listed(KEY, ChoiceKind.CARRIER)] == ["dhl"]


def test_a_list_is_good_for_a_day_and_shown_for_longer() -> None:
    store = DatabaseChoiceStore(KEY)
    store.keep(ChoiceKind.CARRIER, "", (carrier("dhl"),))
    ChoiceList.objects.update(read_at=clock.now() - timedelta(hours=24, minutes=1))

    assert store.get(ChoiceKind.CARRIER) is None
    assert [x.code for x in listed(KEY, ChoiceKind.CARRIER, "")] == ["dhl"]


def test_a_scope_that_nobody_read_for_two_days_goes_and_a_general_list_stays() -> None:
    store = DatabaseChoiceStore(KEY)
    store.keep(ChoiceKind.REJECT_REASON, "order-1", ())
    store.keep(ChoiceKind.CANCEL_REASON, "", ())
    keep_all(KEY, [carrier("dhl", "express"), carrier("gls", "economy")])
    long_ago = clock.now() - timedelta(days=3)
    ChoiceList.objects.exclude(scope="express").update(read_at=long_ago)
    Choice.objects.exclude(scope="express").update(read_at=long_ago)

    assert keep_all(KEY, [carrier("dhl", "express")]) == 1

    assert [x.code for x in listed(KEY, ChoiceKind.CARRIER)] == ["dhl"]
    left = ChoiceList.objects.order_by("kind").values_list("kind", "scope")
    assert list(left) == [("cancel_reason", ""), ("carrier", "express")]
