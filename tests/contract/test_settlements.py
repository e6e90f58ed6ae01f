"""Settlements: what the practice marketplaces answer and what we ask, by the contracts.

TikTok's and Mirakl's answers are checked with the rest of theirs; here only what is asked.
eBayCollectedTaxAmount is in the contract of 2025 (v1.17), not in the stored v1.9.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse

from shipsync_site.lib import clock
from stores.connectors.amazon import settlement
from stores.connectors.amazon import settlements as amazon_settlements
from stores.connectors.ebay import payout_lines, signing
from stores.connectors.ebay import settlements as ebay_settlements
from stores.connectors.mirakl import settlement_lines
from stores.connectors.mirakl import settlements as mirakl_settlements
from stores.connectors.tiktok import operations
from stores.connectors.tiktok import settlements as tiktok_settlements
from stores.connectors.tiktok.shops import Shop
from stores.http import Answer
from stores.remote_money import LineKind, MoneyStep
from stores.sandbox.ebay.auth import FINANCE_SCOPE
from tests.contract.openapi import OpenApi, Quirks
from tests.contract.swagger import Document, specs_folder
from tests.contract.test_mirakl_answers import Contract
from tests.contract.tiktok_reference import Reference
from tests.sandbox.amazon import driver as amazon_driver
from tests.sandbox.ebay.driver import Driver, make_driver, number, read

Json = dict[str, Any]
FINANCES = "sell/finances/v1"
REPORTS = "/reports/2021-06-30/reports"


@pytest.fixture(autouse=True)
def _time() -> Iterator[None]:
    before = clock.current()
    yield
    clock.configure(before)


class Signed:
    """The seller's money at the practice eBay, each request signed."""

    def __init__(self, ebay: Driver) -> None:
        self.ebay = ebay
        ebay.login(FINANCE_SCOPE)
        answer = ebay.call(
            "POST",
            "developer/key_management/v1/signing_key",
            {"signingKeyCipher": "ED25519"},
            app=True,
        )
        self.key = signing.read_key(read(answer))

    def get(self, path: str, **query: str) -> HttpResponse:
        full = f"/ebay/{FINANCES}/{path}"
        headers = signing.headers(
            self.key,
            method="GET",
            path=full,
            authority="testserver",
            body=None,
            created=int(self.ebay.time.now.timestamp()),
        )
        headers["Authorization"] = f"Bearer {self.ebay.token}"
        request = self.ebay.requests.get(full, query, headers=headers)
        return self.ebay.peer.handle(request, f"{FINANCES}/{path}")


@pytest.fixture
def ebay() -> Driver:
    return make_driver()


def contract_of_ebay() -> OpenApi:
    extra = frozenset({"eBayCollectedTaxAmount"})
    path = specs_folder() / "ebay" / "sell_finances_v1_oas3.json"
    return OpenApi.load(path, Quirks(extra=extra))


def test_ebays_payouts_answer_by_the_contract_and_only_signed(ebay: Driver) -> None:
    contract = contract_of_ebay()
    for seed in range(3):
        sold = ebay.place_one(seed=seed, lines=2)
        told = ebay.tell(sold, trackingNumber=f"AB{seed:09d}GB")
        assert told.status_code == 201
    cancelled = ebay.place_one(seed=8)
    ebay.peer.cancel({"order_id": cancelled, "how": "cancelled"})
    one = Signed(ebay)
    assert one.get("payout").status_code == 204

    made = ebay.peer.control("payouts", {"pay": False})["settlements"][0]
    unsigned = ebay.get(f"{FINANCES}/payout")
    assert (unsigned.status_code, number(unsigned)) == (400, 215001)

    def check(path: str, answer: HttpResponse) -> Any:
        assert answer.status_code == 200, answer.content
        schema = contract.response_schema("GET", path, 200)
        assert schema is not None
        assert contract.errors(schema, read(answer)) == []
        return read(answer)

    (payout,) = check("/payout", one.get("payout"))["payouts"]
    assert (payout["payoutStatus"], payout["payoutId"]) == ("INITIATED", made["id"])
    wanted = {"filter": f"payoutId:{{{made['id']}}}", "limit": "1000"}
    rows = check("/transaction", one.get("transaction", **wanted))["transactions"]
    lines = [x for row in rows for x in payout_lines.lines_of(row, "", "GBP")]
    assert sum(x.amount for x in lines) == Decimal(payout["amount"]["value"])
    refunds = {x.kind: x.order_ref for x in lines if x.raw_type == "REFUND"}
    assert refunds == {LineKind.REFUND: cancelled, LineKind.REFUND_FEE: cancelled}
    page = check("/transaction", one.get("transaction", limit="2"))
    assert page["next"]
    refused = one.get("payout", filter="payoutStatus:{LOST}")
    assert (refused.status_code, number(refused)) == (400, 135002)


class Asked:
    """Takes the place of a client: keeps what is asked, gives answers in turn."""

    def __init__(self, *bodies: Any) -> None:
        self.bodies, self.params = list(bodies), []  # type: tuple[list[Any], list[Json]]

    def answer(self, params: Mapping[str, Any]) -> Answer:
        self.params.append(dict(params))
        body = self.bodies.pop(0)
        return Answer(
            status=200 if body is not None else 204,
            headers={},
            body=b"" if body is None else json.dumps(body).encode(),
            started_at=clock.now(),
        )

    payouts = transactions = billing_cycles = transaction_log = answer
    get_reports = answer


def walk(take: Any) -> list[MoneyStep]:
    steps: list[MoneyStep] = []
    cursor: Mapping[str, Any] = {}
    while not steps or not steps[-1].done:
        steps.append(take(json.loads(json.dumps(dict(cursor)))))
        cursor = steps[-1].cursor
    return steps


def declared(content: Json, path: str) -> set[str]:
    rows = content["paths"][path]["get"]["parameters"]
    return {row["name"] for row in rows}


PAYOUT = {
    "payoutId": "5500000001",
    "payoutStatus": "RETRYABLE_FAILED",
    "payoutDate": "2026-11-20T08:00:00.000Z",
    "amount": {
        "value": "78.54",
        "currency": "GBP",
        "convertedFromValue": "100.00",
        "convertedFromCurrency": "USD",
        "exchangeRate": "0.7854",
    },
}
STARDUST = {
    "transactionId": "01-1",
    "transactionType": "STARDUST",
    "bookingEntry": "CREDIT",
    "amount": {"value": "100.00", "currency": "USD"},
    "transactionStatus": "FUNDS_ON_HOLD",
}


def test_ebay_is_asked_by_the_contract_and_an_exchanged_payout_adds_up() -> None:
    now = clock.now()
    page = {"payouts": [PAYOUT], "total": 1}
    found = Asked(page, {"transactions": [STARDUST], "total": 1}, None)
    since = now - timedelta(days=90)
    steps = walk(lambda at: ebay_settlements.take(found, since, at, now=now))  # type: ignore[arg-type]

    content = contract_of_ebay().content
    names = declared(content, "/payout") & declared(content, "/transaction")
    assert all(set(params) <= names for params in found.params)
    first, last = found.params[0]["filter"][12:-1].split("..")
    assert first.endswith("Z")
    assert last.endswith("Z")
    (full,) = [step for step in steps if step.head]
    assert full.complete
    assert full.head is not None
    assert (full.head.total, full.head.currency) == (Decimal("100.00"), "USD")
    assert full.head.deposited_at is None
    assert full.head.status.startswith("RETRYABLE_FAILED, 78.54 GBP at 0.7854")
    (line,) = full.lines
    assert (line.kind, line.raw_description) == (LineKind.OTHER, "FUNDS_ON_HOLD")


CYCLE = {
    "id": "00000000-0000-0000-0000-000000000001",
    "amount_transferred_to_seller": 90.5,
    "currency_iso_code": "GBP",
    "date_created": "2026-11-20T08:00:00Z",
    "pay_out": {"state": "PAID", "reference": "ref-1"},
}


def log_row(kind: str, amount: float, **entities: Any) -> Json:
    return {
        "id": f"row-{kind}",
        "type": kind,
        "amount": amount,
        "currency_iso_code": "GBP",
        "date_created": "2026-11-20T08:00:00Z",
        "entities": entities,
    }


def test_mirakl_is_asked_by_the_contract_and_knows_every_type_of_it() -> None:
    spec = Contract().spec
    rows = [
        log_row("ORDER_AMOUNT", 100, order={"id": "1-A"}, order_line={"id": "1-A-1"}),
        log_row("COMMISSION_FEE", -9.5, order={"id": "1-A"}),
    ]
    end = [log_row("PAYMENT", -90.75), log_row("STARDUST", 0)]
    found = Asked(
        {"data": [CYCLE], "next_page_token": "two"},
        {"data": rows, "next_page_token": "more"},
        {"data": end},
        {"data": []},
    )
    since = clock.now() - timedelta(days=400)
    steps = walk(lambda at: mirakl_settlements.take(found, since, at))  # type: ignore[arg-type]

    paths = ("/api/seller-billing-cycles", "/api/sellerpayment/transactions_logs")
    general = {"limit", "page_token", "sort", "order"}
    known = [declared(spec, path) | general for path in paths]
    asked = [found.params[n] for n in (0, 3)], [found.params[n] for n in (1, 2)]
    for params, names in zip(asked, known, strict=True):
        assert all(set(each) <= names for each in params)
    (kinds,) = [
        set(row["schema"]["items"]["enum"])
        for row in spec["paths"][paths[1]]["get"]["parameters"]
        if row["name"] == "transaction_type"
    ]
    assert kinds == set(settlement_lines.KINDS)
    lines = [line for step in steps for line in step.lines]
    # the transfer itself is no line, but what it pays beyond the cycle is
    odd = lines[-1]
    assert (odd.kind, odd.amount) == (LineKind.TRANSFER, Decimal("-0.25"))
    assert [x.kind for x in lines[:3]] == [LineKind.SALE, LineKind.FEE, LineKind.OTHER]
    assert steps[-2].complete


class AskedOfTikTok(Asked):
    """As :class:`Asked`, by operation."""

    def send(self, operation: operations.Operation, **parts: Any) -> Answer:
        return self.answer({"operation": operation.name, **(parts.get("query") or {})})

    def used(self) -> tuple[Shop, ...]:
        return (Shop(id="1", name="s", region="GB", code="c", cipher="x"),)


def good(**data: Any) -> Json:
    return {"code": 0, "message": "Success", "data": data}


STATEMENT = {
    "id": "7404",
    "statement_time": 1_763_596_800,
    "currency": "GBP",
    "settlement_amount": "75.00",
    "payment_status": "PAID",
    "payment_id": "3472",
}


@pytest.mark.parametrize("sign", [1, -1])
def test_tiktok_is_asked_by_the_reference_and_either_sign_of_costs_adds_up(
    sign: int,
) -> None:
    order = {
        "id": "1",
        "type": "ORDER",
        "order_id": "5765",
        "settlement_amount": "80.00",
        "revenue_amount": "100.00",
        "revenue_breakdown": {
            "subtotal_before_discount_amount": "110.00",
            "seller_discount_amount": "-10.00",
        },
        "shipping_cost_amount": "0.00",
        "fee_tax_amount": str(20 * sign),
        "fee_tax_breakdown": {
            "fee": {"platform_commission_amount": str(15 * sign)},
            "tax": {"local_vat_amount": str(3 * sign)},
        },
        "supplementary_component": {"customer_payment_amount": "99.00"},
    }
    reserve = {"id": "2", "type": "RESERVE", "reserve_amount": "-5.00"}
    found = AskedOfTikTok(
        good(statements=[STATEMENT]),
        good(payments=[{"id": "3472", "paid_time": 1_763_700_000}]),
        good(transactions=[order, reserve], payable_amount="75.00"),
    )
    now = clock.now()
    since = now - timedelta(days=400)
    steps = walk(
        lambda at: tiktok_settlements.take(found, found, since, at, now=now)  # type: ignore[arg-type]
    )

    pages = {
        "getStatements": "get-statements",
        "getPayments": "get-payments",
        "getTransactionsByStatement": "get-transactions-by-statement",
    }
    for params in found.params:
        page = Reference.load(pages[params.pop("operation")])
        assert set(params) <= page.query_names()
    head = steps[-1].head
    assert head is not None
    lines = steps[-1].lines
    assert sum(line.amount for line in lines) == head.total == Decimal("75.00")
    by_kind = {(line.kind, line.raw_kind): line.amount for line in lines}
    assert by_kind[LineKind.FEE, "platform_commission_amount"] == -15
    assert by_kind[LineKind.WITHHELD_TAX, "local_vat_amount"] == -3
    # what the breakdown does not name
    assert by_kind[LineKind.FEE, "fee_tax_amount"] == -2
    assert by_kind[LineKind.RESERVE, "reserve_amount"] == -5
    assert head.deposited_at is not None
    assert int(head.deposited_at.timestamp()) == 1_763_700_000


def test_amazons_reports_appear_by_themselves_and_in_the_words_of_their_country() -> (
    None
):
    amazon = amazon_driver.make_driver()
    contract = Document.load(specs_folder() / "amazon" / "reports_2021-06-30.json")
    for country in ("UK", "DE"):
        order_id = amazon.place_one(marketplace=country, lines=2, seed=len(country))
        amazon.confirm(order_id)
    amazon.peer.control("payouts", {"oddities": ["unknown_words"]})
    amazon.time.move(seconds=1)
    query = {
        "reportTypes": amazon_settlements.REPORT_TYPE,
        "processingStatuses": "DONE",
        "pageSize": "1",
    }
    answer = amazon.get(f"eu{REPORTS}", **query)
    body = json.loads(answer.content)
    assert contract.response_errors("GET", REPORTS, 200, body) == []
    documents = []
    while True:
        documents += [row["reportDocumentId"] for row in body["reports"]]
        if "nextToken" not in body:
            break
        answer = amazon.get(f"eu{REPORTS}", nextToken=body["nextToken"])
        body = json.loads(answer.content)
    heads = {}
    for document in documents:
        told = json.loads(
            amazon.get(f"eu/reports/2021-06-30/documents/{document}").content
        )
        parts = urlsplit(told["url"])
        file = amazon.requests.get(parts.path, parse_qs(parts.query))
        got = amazon.peer.handle(file, parts.path.removeprefix("/amazon/"))
        head, lines = settlement.read(gzip.decompress(got.content))
        found = list(lines)
        assert sum(line.amount for line in found) == head.total
        heads[head.currency] = {line.kind for line in found}
        commas = b"," in gzip.decompress(got.content)
        assert commas is (head.currency == "EUR")
    assert set(heads) == {"GBP", "EUR"}
    odd = [kinds for kinds in heads.values() if LineKind.OTHER in kinds]
    assert len(odd) == 1
    assert all(LineKind.RESERVE in kinds for kinds in heads.values())


def test_amazons_list_is_asked_by_the_model_and_its_token_stands_alone() -> None:
    model = Document.load(specs_folder() / "amazon" / "reports_2021-06-30.json")
    names = {row["name"] for row in model.operation("GET", REPORTS)["parameters"]}
    known = {"reportId": "1", "reportDocumentId": "d1"}
    found = Asked({"reports": [known], "nextToken": "two"}, {"reports": []})
    now = clock.now()
    since = now - timedelta(days=400)
    walk(
        lambda at: amazon_settlements.take(
            found,  # type: ignore[arg-type]
            since,
            at,
            now=now,
            known={"1"},
        )
    )
    first, second = found.params
    assert set(first) <= names
    assert set(second) == {"nextToken"}
    oldest = now - timedelta(days=90)
    assert first["createdSince"] > oldest.strftime("%Y-%m-%dT%H:%M:%SZ")
