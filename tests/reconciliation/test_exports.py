"""Exports: one way for every file, stable headers, told to the log, sent by themselves."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.http import QueryDict
from django.test import Client
from django.urls import get_resolver, reverse
from hypothesis import given
from hypothesis import strategies as st

from orders.models import CaseState, Order, OrderEvent, OrderException
from reconciliation.exports import folder, schedules
from reconciliation.exports.registry import REPORTS, Query
from reconciliation.models import ExportLog, ExportSchedule
from shipsync_site.lib import clock
from shipsync_site.lib.cells import BOM, csv_lines, plain, safe
from tests.orders.factories import (
    make_case,
    make_order,
    make_store,
    make_user,
)
from tests.reconciliation.factories import make_finding, make_run, make_schedule
from tests.test_permissions import ROWS, url_of, values, walk

# The fixture of the table of pages and roles.
__all__ = ["values"]
HEADERS = Path(__file__).parent / "export_headers.txt"
CELL = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.sampled_from(["=1+1", "'=1", "+4", "\t@x", "576500000000000001", "a\x1f=b"]),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.booleans(),
)
COLUMN = st.one_of(
    *(
        st.lists(kind, min_size=3, max_size=3)
        for kind in (CELL, st.text(), st.integers())
    )
)


def rows_in(answer: Any) -> list[dict[str, str]]:
    """The rows of a file that was answered."""
    return read(answer.getvalue().decode("utf-8-sig"))


def read(text: str) -> list[dict[str, str]]:
    """The rows of a file."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_superuser() -> Client:
    client = Client()
    client.force_login(make_user("boss", is_superuser=True))
    return client


@given(st.lists(COLUMN, min_size=1, max_size=4))
def test_columns_looked_at_at_once_are_as_safe_as_cell_by_cell(
    columns: list[list[Any]],
) -> None:
    rows = list(zip(*columns, strict=True))
    buffer = io.StringIO()
    csv.writer(buffer).writerows([[safe(cell) for cell in row] for row in rows])

    text = "".join(csv_lines(["x"], rows, bom=False))

    assert text == "x\r\n" + buffer.getvalue()


def test_amounts_stay_numbers_and_texts_no_formulas() -> None:
    cells = (Decimal("-12.50"), -3, "-3", 576500000000000001, date(2026, 3, 1))
    moment = datetime(2026, 3, 1, 9, tzinfo=UTC)
    text = "".join(csv_lines(["a"] * 6, [(*cells, moment)]))
    assert text.endswith(
        "-12.50,-3,'-3,'576500000000000001,2026-03-01,2026-03-01T09:00:00+00:00\r\n"
    )
    assert plain("'-3") == "-3"


def test_headers_stay_as_they_are() -> None:
    """A column may be added at the end; write it into the file beside this test."""
    found = "".join(
        f"{report.code}: {' | '.join(report.columns)}\n"
        for report in sorted(REPORTS, key=lambda x: x.code)
    )
    assert found == HEADERS.read_text()


@pytest.mark.django_db
def test_every_report_gives_as_many_cells_as_columns() -> None:
    store = make_store(slug="amazon-uk")
    order = make_order(store=store)
    make_case(order)
    make_finding(store, order=order)
    make_run([store], buckets={"agrees": 1}, counted=1)
    client = as_superuser()
    for report in REPORTS:
        answer = client.get(reverse("reconciliation:export_csv", args=[report.code]))
        text = answer.getvalue().decode()
        assert text.startswith(BOM), report.code
        widths = {len(row) for row in csv.reader(io.StringIO(text, newline=""))}
        assert widths == {len(report.columns)}, report.code
        row = ExportLog.objects.get(report=report.code)
        assert row.rows == len(read(text)), report.code
        ExportLog.objects.all().delete()
    plain_file = client.get("/exports/orders.csv?bom=no").getvalue().decode()
    assert plain_file.startswith("Order,")


@pytest.mark.django_db
def test_every_file_of_the_console_stands_in_the_log(values: dict[str, Any]) -> None:
    """Every address that ends in .csv, as the table of pages and roles knows it."""
    routes = dict(walk(get_resolver().url_patterns))
    files = [
        row
        for row in ROWS
        if routes.get(row.name, "").endswith(".csv") and row.method == "get"
    ]
    assert len(files) >= 10
    client = as_superuser()
    for row in files:
        url = url_of(row, values)
        ExportLog.objects.all().delete()
        answer = client.get(url)
        assert answer.status_code == 200, url
        b"".join(answer)
        kept = ExportLog.objects.get()
        assert str(kept.by) == "boss", url
        assert kept.rows is not None, url


@pytest.mark.django_db
def test_what_was_typed_is_not_kept() -> None:
    make_store(slug="amazon-uk")
    client = as_superuser()
    b"".join(
        client.get("/orders/export.csv?q=Ada+Byron&store=amazon-uk&stage=open&x=1")
    )
    row = ExportLog.objects.get()
    assert row.filters == {"q": "(typed)", "stage": "open", "store": "amazon-uk"}
    assert row.report == "orders"


@pytest.mark.django_db
def test_buyers_are_masked_unless_asked_for_by_somebody_who_may(
    users: dict[str, User], client: Client
) -> None:
    order = make_order()
    client.force_login(users["cs"])

    (row,) = rows_in(client.get("/exports/buyers.csv"))
    assert "Byron" not in str(row)
    assert row["Name"] == "A••• B•••"
    assert not OrderEvent.objects.filter(verb="buyer_revealed").exists()

    (row,) = rows_in(client.post("/exports/buyers/buyers.csv"))
    assert (row["Name"], row["Postcode"]) == ("Ada Byron", "SW1Y 4JH")
    look = OrderEvent.objects.get(verb="buyer_revealed")
    assert (look.order_id, look.actor) == (order.pk, users["cs"])
    assert [x.unmasked for x in ExportLog.objects.order_by("pk")] == [False, True]

    client.force_login(users["ops"])
    assert client.post("/exports/buyers/buyers.csv").status_code == 403


@pytest.mark.parametrize(
    "place", ["../out", "/etc", "a/../../out", "link", "..\\out", "a\x00b"]
)
def test_no_folder_leads_out_of_the_root(
    place: str, tmp_path: Path, settings: Any
) -> None:
    top = tmp_path / "top"
    top.mkdir()
    (top / "link").symlink_to(tmp_path)
    settings.SHIPSYNC_EXPORT_ROOT = str(top)
    with pytest.raises(folder.FolderError):
        folder.write(place, "x.csv", ["x"])
    assert [path.name for path in tmp_path.rglob("*.csv")] == []


@pytest.mark.django_db
def test_a_report_is_written_to_its_folder_once_a_day(
    tmp_path: Path, settings: Any
) -> None:
    settings.SHIPSYNC_EXPORT_ROOT = str(tmp_path)
    number = make_order().number
    schedule = make_schedule(hour=6, zone="Europe/Berlin", bom=False, query="stage=any")

    assert schedules.run_one()
    assert not schedules.run_one()

    (file,) = (tmp_path / "warehouse").iterdir()
    assert file.read_text().splitlines()[1].startswith(number)
    row = ExportLog.objects.get()
    assert (row.rows, row.schedule, row.target) == (1, schedule, "folder warehouse")
    schedule.refresh_from_db()
    there = schedule.next_at.astimezone(UTC)
    assert there > clock.now()
    assert there.hour in (4, 5)


@pytest.mark.django_db
def test_what_is_not_sent_stands_in_a_case_until_it_is(
    tmp_path: Path, settings: Any
) -> None:
    settings.SHIPSYNC_EXPORT_ROOT = ""
    schedule = make_schedule()

    assert schedules.run_one()

    case = OrderException.objects.get(kind="export_failed")
    assert "SHIPSYNC_EXPORT_ROOT" in case.summary
    assert "Orders for the warehouse" in case.summary
    schedule.refresh_from_db()
    assert schedule.last_problem
    assert ExportLog.objects.get().problem

    settings.SHIPSYNC_EXPORT_ROOT = str(tmp_path)
    assert schedules.send(schedule) == ""
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED


@pytest.mark.django_db
def test_a_process_that_was_killed_on_the_way_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schedule = make_schedule()
    monkeypatch.setattr(schedules, "send", lambda schedule: None)
    assert schedules.run_one()
    row = ExportLog.objects.create(report="orders", schedule=schedule)
    assert not schedules.run_one()

    ExportSchedule.objects.update(last_at=clock.now() - timedelta(hours=2))
    assert schedules.run_one()
    assert not schedules.run_one()

    row.refresh_from_db()
    assert "broke off" in row.problem
    assert OrderException.objects.filter(kind="export_failed").exists()


@pytest.mark.django_db
def test_a_report_by_mail_is_attached_or_linked(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_IS_SET = True
    settings.SHIPSYNC_PUBLIC_URL = "https://ops.example.com"
    number = make_order().number
    schedule = make_schedule(folder="", mail="books@example.com", query="stage=any")

    assert schedules.send(schedule) == ""
    (name, text, _kind) = mail.outbox[0].attachments[0]
    assert name.startswith("orders-")
    assert number in str(text)

    monkeypatch.setattr(schedules, "ATTACHED", 100)
    assert schedules.send(schedule) == ""
    assert mail.outbox[1].attachments == []
    assert "https://ops.example.com/exports/orders.csv?stage=any" in str(
        mail.outbox[1].body
    )


@pytest.mark.django_db
def test_nothing_is_sent_for_an_owner_who_may_not_take_it(
    tmp_path: Path, settings: Any
) -> None:
    settings.SHIPSYNC_EXPORT_ROOT = str(tmp_path)
    nobody = make_schedule(make_user("left", is_active=False))
    buyers = make_schedule(report="buyers", name="All buyers")
    assert "may not take" in schedules.send(nobody)
    assert "never sent by itself" in schedules.send(buyers)
    assert not list(tmp_path.rglob("*.csv"))


@pytest.mark.django_db
def test_a_schedule_is_made_in_a_form_that_refuses_what_leads_out(
    users: dict[str, User], client: Client, tmp_path: Path, settings: Any
) -> None:
    settings.SHIPSYNC_EXPORT_ROOT = str(tmp_path)
    client.force_login(users["finance"])
    given_ = {
        "report": "findings",
        "name": "Lines for the books",
        "hour": "6",
        "weekday": "0",
        "zone": "Europe/London",
        "way": "folder",
        "folder": "../elsewhere",
        "active": "on",
    }
    refused = client.post("/exports/schedules/new/", given_)
    assert refused.status_code == 422
    assert b"without &#x27;..&#x27;" in refused.content

    assert (
        client.post("/exports/schedules/new/", given_ | {"folder": "books"}).status_code
        == 302
    )
    page = client.get("/exports/schedules/").content.decode()
    assert "every Monday at 06:00" in page
    assert (
        "buyers"
        not in client.get("/exports/schedules/new/")
        .content.decode()
        .split("<select")[1]
        .split("</select>")[0]
    )


@pytest.mark.django_db
def test_a_long_list_of_orders_takes_a_few_queries_a_thousand(
    django_assert_max_num_queries: Any,
) -> None:
    for _ in range(3):
        make_order()
    query = Query(data=QueryDict("stage=any"), user=make_user(is_superuser=True))
    with django_assert_max_num_queries(6):
        text = "".join(REPORTS.get("orders").lines(query))
    assert text.count("\r\n") == Order.objects.count() + 1
