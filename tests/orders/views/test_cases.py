from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from orders import triage
from orders.exception_kinds import KINDS
from orders.models import CaseState, Decision, ExceptionNote, OrderException
from shipsync_site.lib import clock
from stores.models import CarrierMapping
from tests.orders import factories

pytestmark = pytest.mark.django_db
LIST = reverse("orders:cases")


def url(case: OrderException, name: str = "case") -> str:
    return reverse(f"orders:{name}", args=[case.pk])


def body(response: Any) -> str:
    text: str = response.content.decode()
    return text


@pytest.fixture(autouse=True)
def reconsidered(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The order ids handed to reconsider; cases stay as the test made them."""
    calls: list[list[int]] = []
    monkeypatch.setattr(triage, "reconsider", lambda ids: calls.append(list(ids)))
    return calls


# --- the list ---


@pytest.mark.parametrize(
    ("role", "status"),
    [("ops", 200), ("cs", 200), ("finance", 200), ("packer", 200), ("nobody", 403)],
)
def test_who_may_see_cases(
    users: dict[str, User], client: Client, role: str, status: int
) -> None:
    case = factories.make_case()
    client.force_login(users[role])

    assert client.get(LIST).status_code == status
    assert client.get(url(case)).status_code == status


def test_each_team_has_its_queue_with_a_live_count(
    users: dict[str, User], client: Client
) -> None:
    factories.make_case(kind="push_refused", summary="ops one")
    factories.make_case(kind="cancel_requested", summary="cs one")
    factories.make_case(kind="cancel_requested", summary="cs two")
    client.force_login(users["cs"])

    response = client.get(LIST, {"team": "cs"})

    assert "cs two" in body(response)
    assert "ops one" not in body(response)
    counts = {tab["label"]: tab["count"] for tab in response.context["tabs"]}
    assert counts == {"All": 3, "Ops": 1, "CS": 2, "Finance": 0, "Lead": 0}


def test_filters_narrow_to_what_they_say(
    users: dict[str, User], client: Client
) -> None:
    now = clock.now()
    user = users["ops"]
    mine = factories.make_case(assignee=user, summary="mine", deadline=None)
    late = factories.make_case(deadline=now - timedelta(hours=1), summary="late")
    soon = factories.make_case(deadline=now + timedelta(hours=3), summary="soon")
    far = factories.make_case(
        kind="push_refused", deadline=now + timedelta(days=2), summary="far"
    )
    done = factories.make_case(state=CaseState.RESOLVED, summary="done")
    client.force_login(user)

    def shown(**query: str) -> set[int]:
        page = client.get(LIST, {"rows": "cases"} | query)
        return {row["case"].pk for row in page.context["rows"]}

    assert shown() == {mine.pk, late.pk, soon.pk, far.pk}
    assert shown(owner="mine") == {mine.pk}
    assert shown(owner="nobody") == {late.pk, soon.pk, far.pk}
    assert shown(due="4h") == {late.pk, soon.pk}
    assert shown(due="late") == {late.pk}
    assert shown(kind="push_refused") == {far.pk}
    assert shown(state="resolved") == {done.pk}
    assert shown(q=far.order.number if far.order else "") == {far.pk}
    assert shown(q="push ref") == {far.pk}
    assert shown(store=late.store.slug if late.store else "") == {late.pk}
    assert shown(kind="nonsense") == set()
    assert "Unknown filter kind=nonsense" in body(
        client.get(LIST, {"kind": "nonsense"})
    )


def test_next_deadline_comes_first(users: dict[str, User], client: Client) -> None:
    now = clock.now()
    none = factories.make_case(deadline=None)
    far = factories.make_case(deadline=now + timedelta(hours=9))
    near = factories.make_case(deadline=now + timedelta(hours=1))
    client.force_login(users["ops"])

    page = client.get(LIST).context
    rows = client.get(LIST, {"rows": "cases"}).context["rows"]

    assert [cause.only for cause in page["groups"]] == [near, far, none]
    assert [row["case"].pk for row in rows] == [near.pk, far.pk, none.pk]


def test_list_costs_the_same_for_fifty(
    users: dict[str, User], client: Client, django_assert_max_num_queries: Any
) -> None:
    store = factories.make_store()
    for _ in range(52):
        factories.make_case(
            factories.make_order(store=store, buyer=False), assignee=users["ops"]
        )
    client.force_login(users["ops"])

    with django_assert_max_num_queries(20):
        response = client.get(LIST, {"rows": "cases"})

    assert len(response.context["rows"]) == 50


def test_resolved_cases_say_who_decided_what_newest_first(
    users: dict[str, User], client: Client
) -> None:
    now = clock.now()
    first, last = (
        factories.make_case(
            kind="cancel_requested",
            state=CaseState.RESOLVED,
            resolved_at=now - timedelta(hours=hours),
            resolved_by=users["cs"],
            resolution="cancel",
        )
        for hours in (5, 1)
    )
    client.force_login(users["ops"])

    response = client.get(LIST, {"state": "resolved"})

    assert [row["case"].pk for row in response.context["rows"]] == [last.pk, first.pk]
    page = body(response)
    assert '<td data-label="Decided">Cancel in ShipStation' in page
    assert '<td data-label="By">cs' in page
    assert "nobody" not in page.split("<tbody>")[1].split("</tbody>")[0]
    assert "with no owner" not in page


def test_empty_queue_says_what_will_land_there(
    users: dict[str, User], client: Client
) -> None:
    client.force_login(users["finance"])

    for team, label in (("finance", "Finance"), ("cs", "CS")):
        first = next(kind.label for kind in KINDS if kind.team == team)
        assert f"{label} gets: {first}" in body(client.get(LIST, {"team": team}))


def test_empty_queue_says_so(users: dict[str, User], client: Client) -> None:
    client.force_login(users["ops"])

    assert "Nothing waits for a person" in body(client.get(LIST))
    assert "No case matches these filters" in body(client.get(LIST, {"q": "x"}))


# --- the page ---


@pytest.mark.parametrize("kind", [kind.code for kind in KINDS])
def test_every_kind_has_a_page_with_its_runbook(
    users: dict[str, User], client: Client, kind: str
) -> None:
    case = factories.make_case(
        kind=kind, context={"field": "x", "carrier": "", "lines": [1]}
    )
    client.force_login(users["lead"])

    page = body(client.get(url(case)))

    entry = KINDS.get(kind)
    for text in (entry.label, case.summary, "Runbook", entry.resolutions[0].label):
        assert escape(text) in page, text


def test_page_costs_a_constant_number_of_queries(
    users: dict[str, User], client: Client, django_assert_max_num_queries: Any
) -> None:
    case = factories.make_case()
    for number in range(9):
        case.notes.create(author=users["ops"], at=clock.now(), text=f"note {number}")
        factories.make_case(case.order, kind="overdue")
    client.force_login(users["ops"])

    with django_assert_max_num_queries(46):
        assert client.get(url(case)).status_code == 200


def test_next_in_the_queue_goes_through_all_of_it_and_round_again(
    users: dict[str, User], client: Client
) -> None:
    now = clock.now()
    deadlines = [now + timedelta(hours=1), now + timedelta(hours=2), None]
    first, second, last = (
        factories.make_case(deadline=deadline) for deadline in deadlines
    )
    client.force_login(users["lead"])

    followers = [
        client.get(url(case)).context["following"] for case in (first, second, last)
    ]

    assert followers == [second, last, first]


def test_unmapped_carrier_leads_to_the_mapping_form(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(
        kind="carrier_unmapped", context={"carrier": "dpd_local", "service": "next day"}
    )
    client.force_login(users["ops"])

    page = body(client.get(url(case)))

    assert (
        "/carriers/new/?marketplace=amazon&amp;carrier=dpd_local&amp;service=next%20day"
        in page
    )


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("ops", "Change the mapping of dpd_local for Amazon UK (1 parcel waits)"),
        ("cs", "(1 parcel waits): ask ops or a lead, only they map carriers."),
    ],
)
def test_refused_carrier_leads_to_its_mapping(
    users: dict[str, User], client: Client, role: str, says: str
) -> None:
    order = factories.make_order(buyer=False)
    shipment = factories.make_dispatch(order, rung="refused").shipment
    shipment.carrier_code = "DPD_local"
    shipment.save()
    mapping = CarrierMapping.objects.create(
        marketplace="amazon",
        store=order.store,
        shipstation_carrier="dpd_local",
        carrier_code="DPD Lokal",
    )
    case = factories.make_case(
        order,
        kind="confirm_refused",
        context={"code": "bad_carrier", "field": "carrierCode"},
    )
    client.force_login(users[role])

    page = body(client.get(url(case)))

    assert says.lower() in page.lower()
    assert (f"/carriers/{mapping.pk}/" in page) == (role == "ops")
    assert "repeats it unchanged" in page


@pytest.mark.parametrize(
    "field", ["carrierCode", "shippingCarrierCode", "carrier_code"]
)
def test_a_shared_mapping_refused_for_one_store_is_mended_for_that_store(
    users: dict[str, User], client: Client, field: str
) -> None:
    order = factories.make_order(buyer=False)
    shipment = factories.make_dispatch(order, rung="refused").shipment
    shared = CarrierMapping.objects.create(
        marketplace="amazon",
        shipstation_carrier=shipment.carrier_code,
        carrier_code="Hermes UK",
    )
    case = factories.make_case(order, kind="confirm_refused", context={"field": field})
    client.force_login(users["ops"])

    page = body(client.get(url(case)))

    assert f"Map {shipment.carrier_code} for {order.store.name} alone" in page
    assert f"store={order.store.slug}" in page
    assert f'href="/carriers/{shared.pk}/">Change it for every store' in page


def test_cancel_request_says_what_it_covers_and_why(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order(
        buyer=False,
        lines=[
            {
                "remote_id": "L1",
                "title": "Cotton napkins",
                "unit_price": "13.83",
                "cancel_requested": True,
                "cancel_reason": "Ordered by mistake",
            },
            {"remote_id": "L2"},
        ],
    )
    case = factories.make_case(
        order, kind="cancel_requested", context={"lines": ["L1"]}
    )
    client.force_login(users["cs"])

    for page in (body(client.get(url(case))), body(client.get(LIST))):
        assert "1 of 2 lines: Cotton napkins × 1, 13.83 GBP" in page
        assert "Ordered by mistake" in page
    assert "<dt>Lines</dt>" not in body(client.get(url(case)))

    order.lines.update(quantity_cancelled=F("quantity"))
    assert "Cotton napkins × 1, 13.83 GBP" in body(client.get(url(case)))


def test_decision_says_what_goes_out_and_what_it_led_to(
    users: dict[str, User], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = factories.make_order(buyer=False)
    case = factories.make_case(order, kind="cancel_requested")

    def decided(ids: list[int]) -> None:
        factories.make_job(order, peer="shipstation", operation="cancel", dirty=True)
        factories.make_case(
            order,
            kind="answer_cancellation",
            opened_at=clock.now(),
            assignee=users["cs"],
        )

    monkeypatch.setattr(triage, "reconsider", decided)
    client.force_login(users["cs"])

    page = body(
        client.post(
            url(case, "case_resolve"),
            {"resolution": "cancel", "version": case.version},
            follow=True,
        )
    )

    follower = OrderException.objects.get(kind="answer_cancellation")
    assert "Sending: Cancel to ShipStation. The answer shows here." in page
    assert "This leads to another case:" in page
    assert f'href="{url(follower)}">Cancel it at the marketplace</a>, yours now' in page
    assert "This led to:" in page


def test_case_of_a_kind_that_is_gone_still_opens(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case()
    OrderException.objects.filter(pk=case.pk).update(kind="old_kind")
    client.force_login(users["ops"])

    assert "no longer known" in body(client.get(url(case)))


# --- acts ---


def test_deciding_closes_the_case_and_has_the_order_looked_at(
    users: dict[str, User], client: Client, reconsidered: list[list[int]]
) -> None:
    case = factories.make_case(kind="cancel_requested")
    client.force_login(users["cs"])

    response = client.post(
        url(case, "case_resolve"),
        {"resolution": "ship_anyway", "reason": "Withdrawn", "version": case.version},
        follow=True,
    )

    assert response.redirect_chain == [(url(case), 302)]
    page = body(response)
    assert "Ship anyway" in page
    assert "Withdrawn" in page
    assert reconsidered == [[case.order_id]]
    assert Decision.objects.get().verb == "ship_anyway"


def test_who_may_not_decide_sees_why_and_is_refused(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(kind="cancel_requested")
    client.force_login(users["ops"])

    assert "only CS and leads decide about cancellations" in body(client.get(url(case)))
    response = client.post(
        url(case, "case_resolve"), {"resolution": "cancel", "version": case.version}
    )

    assert response.status_code == 403
    assert not Decision.objects.exists()


def test_missing_reason_is_named_and_nothing_happens(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(kind="cancel_requested")
    client.force_login(users["cs"])

    response = client.post(
        url(case, "case_resolve"),
        {"resolution": "ship_anyway", "reason": " ", "version": case.version},
    )

    assert response.status_code == 422
    assert "needs a reason" in body(response)
    assert not Decision.objects.exists()


def test_reason_that_is_too_long_comes_back_whole(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(kind="cancel_requested")
    client.force_login(users["cs"])
    reason = "because " * 300

    response = client.post(
        url(case, "case_resolve"),
        {"resolution": "ship_anyway", "reason": reason, "version": case.version},
    )

    assert response.status_code == 422
    assert "The reason can" in body(response)
    assert reason in body(response)


def test_second_decision_meets_a_conflict_and_keeps_its_words(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(kind="cancel_requested")
    client.force_login(users["lead"])
    client.post(
        url(case, "case_resolve"), {"resolution": "cancel", "version": case.version}
    )
    client.force_login(users["cs"])

    response = client.post(
        url(case, "case_resolve"),
        {"resolution": "ship_anyway", "reason": "Phoned her", "version": case.version},
    )

    assert response.status_code == 409
    page = body(response)
    assert "lead was faster" in page
    assert "Phoned her" in page
    assert Decision.objects.get().verb == "cancel"


def test_taking_from_the_list_goes_back_to_the_list(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case()
    client.force_login(users["cs"])

    response = client.post(
        url(case, "case_assign"),
        {"to": "me", "version": case.version, "next": f"{LIST}?team=ops"},
    )

    assert response["Location"] == f"{LIST}?team=ops"
    case.refresh_from_db()
    assert case.assignee == users["cs"]


def test_nobody_is_sent_to_another_site(users: dict[str, User], client: Client) -> None:
    case = factories.make_case()
    client.force_login(users["ops"])

    response = client.post(
        url(case, "case_assign"),
        {"to": "me", "version": case.version, "next": "https://evil.example/"},
    )

    assert response["Location"] == url(case)


def test_case_is_given_to_a_colleague_of_the_team_only(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case()
    client.force_login(users["ops"])

    client.post(
        url(case, "case_assign"), {"to": users["packer"].pk, "version": case.version}
    )
    case.refresh_from_db()
    assert case.assignee is None

    client.post(
        url(case, "case_assign"), {"to": users["lead"].pk, "version": case.version}
    )
    case.refresh_from_db()
    assert case.assignee == users["lead"]


def test_two_people_taking_one_case_are_told_apart(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case()
    triage.assign(case, users["cs"], users["cs"], case.version)
    client.force_login(users["ops"])

    response = client.post(
        url(case, "case_assign"), {"to": "me", "version": case.version}
    )

    assert response.status_code == 409
    assert "cs was faster" in body(response)
    case.refresh_from_db()
    assert case.assignee == users["cs"]


def test_note_is_kept_and_shown(users: dict[str, User], client: Client) -> None:
    case = factories.make_case()
    client.force_login(users["packer"])

    client.post(url(case, "case_note"), {"text": "On shelf <4>"})

    assert ExceptionNote.objects.get().author == users["packer"]
    assert "On shelf &lt;4&gt;" in body(client.get(url(case)))


def test_empty_note_is_refused(users: dict[str, User], client: Client) -> None:
    case = factories.make_case()
    client.force_login(users["ops"])

    assert client.post(url(case, "case_note"), {"text": " "}).status_code == 422


@pytest.mark.parametrize("name", ["case_assign", "case_note", "case_resolve"])
def test_acts_are_posted(users: dict[str, User], client: Client, name: str) -> None:
    case = factories.make_case()
    client.force_login(users["lead"])

    assert client.get(url(case, name)).status_code == 405


@pytest.mark.parametrize("name", ["case_assign", "case_note", "case_resolve"])
def test_acts_need_their_token(users: dict[str, User], name: str) -> None:
    case = factories.make_case()
    client = Client(enforce_csrf_checks=True)
    client.force_login(users["lead"])

    assert client.post(url(case, name), {"version": 1}).status_code == 403


def test_cases_of_one_cause_are_counted_and_linked(
    users: dict[str, User], client: Client
) -> None:
    store = factories.make_store()
    for _ in range(3):
        order = factories.make_order(store=store, buyer=False)
        case = factories.make_case(order, context={"carrier": "dpd_local"})
    other = factories.make_case(kind="push_refused")
    client.force_login(users["ops"])

    listed = client.get(LIST)
    alike = client.get(LIST, {"group": str(case.group_id)})
    page = body(client.get(url(alike.context["rows"][0]["case"])))

    assert f'href="{LIST}?group={case.group_id}" aria-label="All 3 cases' in body(
        listed
    )
    assert len(alike.context["rows"]) == 3
    cause = {"kind": case.kind, "cause": case.shared_cause, "rows": "cases"}
    assert len(client.get(LIST, cause).context["rows"]) == 3
    assert other.pk not in {row["case"].pk for row in alike.context["rows"]}
    assert "Map dpd_local to Amazon DPD" in page
    assert "All 3 with this cause" in page


def test_a_way_that_only_closes_the_case_is_not_the_loud_one(
    users: dict[str, User], client: Client
) -> None:
    client.force_login(users["ops"])

    closing = body(client.get(url(factories.make_case(kind="direct_never_arrived"))))
    mending = body(client.get(url(factories.make_case(kind="direct_not_told"))))

    assert ">It is shipped another way</button>" in closing
    act = closing.partition('id="decide"')[2].partition('id="repairs"')[0]
    assert "btn-primary" not in act
    assert 'btn-primary" type="submit">Let shipsync tell it<' in mending


def test_a_case_of_an_account_leads_to_the_accounts_page(
    users: dict[str, User], client: Client
) -> None:
    account = factories.make_shipstation_account(name="ShipStation East")
    case = factories.make_case(kind="drift_tag_gone", scope=f"account:{account.key}")
    client.force_login(users["ops"])

    page = body(client.get(url(case)))

    link = reverse("stores:account", args=["shipstation", account.pk])
    assert f'<a href="{link}">ShipStation East</a>' in page
    account.delete()
    assert client.get(url(case)).status_code == 200
