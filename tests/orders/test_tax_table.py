"""Scheme by marketplace by destination: the order as read in, ShipStation's body out.

The orders are those of ``tests/payloads`` with another destination, price and number.
Goods ship from Great Britain.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orders.ingest import ingest
from orders.models import Order, OrderBuyer
from orders.payload import build
from orders.payload_facts import payload_facts
from shipsync_site.demo import customs
from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.connectors.mirakl.reading import Reading
from stores.models import Store, TaxRule
from stores.remote_types import RemoteOrder
from stores.rulebook import rulebooks
from tests.orders.factories import make_remote_account, make_store

pytestmark = pytest.mark.django_db

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
IOSS, OWN = "IM4420001201", "IM3720000224"
# By class of destination: country, postcode, city, area; the last counts for the US.
PLACES = {
    "domestic": ("GB", "LS1 4ZZ", "Leeds", ""),
    "ni": ("GB", "BT1 5GS", "Belfast", ""),
    "eu": ("FR", "75001", "Paris", ""),
    "eu_dear": ("FR", "75001", "Paris", ""),
    "canaries": ("ES", "35001", "Las Palmas", "Las Palmas"),
    "no": ("NO", "0150", "Oslo", ""),
    "ch": ("CH", "8001", "Zürich", ""),
    "au": ("AU", "2000", "Sydney", "NSW"),
    "nz": ("NZ", "1010", "Auckland", ""),
    "us": ("US", "94043", "Mountain View", "CA"),
    "je": ("JE", "JE2 3AB", "St Helier", ""),
}
ALPHA_3 = {"GB": "GBR", "FR": "FRA", "ES": "ESP", "NO": "NOR", "CH": "CHE", "AU": "AUS"}
ALPHA_3 |= {"NZ": "NZL", "US": "USA", "JE": "JEY"}
DEAR = {"eu_dear": Decimal("200.00")}
WORTH = Decimal("40.00")


def payload_of(marketplace: str) -> dict[str, Any]:
    text = (PAYLOADS / marketplace / "order__full.json").read_text()
    return copy.deepcopy(json.loads(text))


def amazon(place: str, scheme: str, number: str) -> dict[str, Any]:
    raw, (country, postcode, city, area) = payload_of("amazon"), PLACES[place]
    address = raw["recipient"]["deliveryAddress"]
    address |= {"countryCode": country, "postalCode": postcode, "city": city}
    address["stateOrRegion"] = area
    line = raw["orderItems"][0]
    raw["orderItems"] = [line]
    line |= {"quantityOrdered": 1, "fulfillment": {"quantityFulfilled": 0}}
    price = {"amount": str(DEAR.get(place, WORTH)), "currencyCode": "GBP"}
    line["product"]["price"] = {"unitPrice": price}
    line["proceeds"] = {"breakdowns": [{"type": "ITEM", "subtotal": price}]}
    abroad = {"iossNumber": number}
    line["fulfillment"]["shipping"] = {"internationalShipping": abroad}
    line["tax"] = {"taxCalculationBreakdowns": [{"reportingScheme": scheme}]}
    if not scheme:
        del line["tax"]
    return raw


def ebay(place: str, scheme: str, number: str) -> dict[str, Any]:
    raw, (country, postcode, city, area) = payload_of("ebay"), PLACES[place]
    step = raw["fulfillmentStartInstructions"][0]["shippingStep"]
    address = {"countryCode": country, "postalCode": postcode, "city": city}
    step["shipTo"]["contactAddress"] |= {**address, "stateOrProvince": area}
    raw["cancelStatus"] = {"cancelState": "NONE_REQUESTED", "cancelRequests": []}
    line = raw["lineItems"][0]
    raw["lineItems"] = [line]
    cost = {"value": str(DEAR.get(place, WORTH)), "currency": "GBP"}
    line |= {"quantity": 1, "lineItemFulfillmentStatus": "NOT_STARTED"}
    line |= {"lineItemCost": cost, "discountedLineItemCost": cost}
    line["ebayCollectAndRemitTaxes"] = []
    if scheme:
        line["ebayCollectAndRemitTaxes"] = [
            {
                "taxType": "VAT",
                "amount": {"value": "8.00", "currency": "GBP"},
                "ebayReference": {"name": scheme, "value": number},
            }
        ]
    return raw


def mirakl(place: str, scheme: str, number: str) -> dict[str, Any]:
    raw, (country, postcode, city, area) = payload_of("mirakl"), PLACES[place]
    raw["customer"]["shipping_address"] |= {
        "country_iso_code": ALPHA_3[country],
        "zip_code": postcode,
        "city": city,
        "state": area,
    }
    raw["currency_iso_code"] = "GBP"
    line = raw["order_lines"][1]
    raw["order_lines"] = [line]
    price = float(DEAR.get(place, WORTH))
    line |= {"price_unit": price, "price": price, "total_price": price}
    raw |= {"price": price, "total_price": price}
    reading = Reading(operator="homeware", ioss_field="ioss-number")
    raw["order_additional_fields"] = []
    if scheme:
        field = {"code": "ioss-number", "type": "STRING", "value": number}
        raw["order_additional_fields"] = [field]
    return reading.keep(raw, None)


def tiktok(place: str, scheme: str, number: str) -> dict[str, Any]:
    raw, (country, postcode, city, _area) = payload_of("tiktok"), PLACES[place]
    address = raw["recipient_address"]
    address |= {"region_code": country, "postal_code": postcode, "post_town": city}
    level = {"address_level": "L0", "address_name": country, "iso_code": country}
    address["district_info"] = [level]
    return {"order": raw, "region": "GB", "ships_to": [country]}


RAW = {"amazon": amazon, "ebay": ebay, "mirakl": mirakl, "tiktok": tiktok}
STORES: dict[str, tuple[dict[str, Any], str]] = {
    "amazon": ({}, "A1F83G8C2ARO7P"),
    "ebay": ({"marketplace": "ebay", "region": "", "app_id": ""}, "EBAY_GB"),
    "mirakl": (
        {
            "marketplace": "mirakl",
            "region": "homeware",
            "app_id": "",
            "settings": {"ioss_field": "ioss-number"},
        },
        "homeware",
    ),
    "tiktok": ({"marketplace": "tiktok", "region": "", "app_id": ""}, "GB"),
}


@dataclass(frozen=True)
class Sent:
    marker: str
    problems: set[str]
    order: Order


def store_of(marketplace: str, **model: Any) -> Store:
    account, remote = STORES[marketplace]
    customs.seed()
    return make_store(
        remote_account=make_remote_account(**account),
        remote_marketplace=remote,
        ship_from_country="GB",
        model=model or None,
    )


def read(marketplace: str, raw: dict[str, Any]) -> RemoteOrder:
    """As the connector reads what was kept of an answer."""
    connector = CONNECTORS.get(marketplace)
    order = connector.reparse(raw, block="order", as_of=clock.now())
    assert isinstance(order, RemoteOrder), order
    return order


def send(store: Store, raw: dict[str, Any]) -> Sent:
    """Take the order in and build what createorder would get."""
    marketplace = store.remote_account.marketplace
    remote = read(marketplace, raw)
    ingest(store.remote_account, [remote])
    order = Order.objects.select_related("store__remote_account").get(store=store)
    book = rulebooks([order.store], [])[store.pk]
    buyer = OrderBuyer.objects.filter(order=order).first()
    facts = payload_facts(order, list(order.lines.all()), buyer, book, raw)
    payload = build(
        facts, current=None, want="awaiting_shipment", stop_tag_id=None, stop=False
    )
    fields = payload.body["advancedOptions"]
    kept = {x["code"] for x in order.payload_problems if x["code"].startswith("tax_")}
    made = {x.code for x in payload.problems if x.code.startswith("tax_")}
    assert kept == made
    return Sent(fields.get("customField1", ""), made, order)


# marketplace, what it says, destination, marker, problems
TABLE = [
    ("amazon", ("", ""), "domestic", "", ""),
    ("amazon", ("", ""), "ni", "", ""),
    ("amazon", ("IOSS", IOSS), "eu", f"IOSS={IOSS}", ""),
    ("amazon", ("IOSS", ""), "eu", "", "tax_number_missing"),
    ("amazon", ("", ""), "eu_dear", "", ""),
    ("amazon", ("IOSS", IOSS), "eu_dear", f"IOSS={IOSS}", "tax_over_limit"),
    ("amazon", ("IOSS", IOSS), "canaries", f"IOSS={IOSS}", "tax_wrong_destination"),
    ("amazon", ("IOSS", IOSS), "domestic", f"IOSS={IOSS}", "tax_domestic"),
    ("amazon", ("IOSS", IOSS), "ni", f"IOSS={IOSS}", "tax_domestic"),
    ("amazon", ("IOSS", "IM44"), "eu", "IOSS=IM44", "tax_number_malformed"),
    ("amazon", ("UOSS", ""), "eu", "", ""),
    ("amazon", ("GB_VOEC", ""), "domestic", "", ""),
    ("amazon", ("NO_VOEC", ""), "no", "", ""),
    ("amazon", ("CH_SUPPLIER_IMPORT", ""), "ch", "", ""),
    ("amazon", ("AU_VOEC", ""), "au", "", ""),
    ("amazon", ("NZ_VOEC", ""), "nz", "", ""),
    ("amazon", ("JE_VOEC", ""), "je", "", ""),
    ("amazon", ("", ""), "us", "", ""),
    ("amazon", ("IOSS", IOSS), "us", f"IOSS={IOSS}", "tax_wrong_destination"),
    ("ebay", ("", ""), "domestic", "", ""),
    ("ebay", ("", ""), "ni", "", ""),
    ("ebay", ("IOSS", "IM2760000999"), "eu", "IOSS=IM2760000999", ""),
    ("ebay", ("IOSS", "IM276000099"), "eu", "IOSS=IM276000099", "tax_number_malformed"),
    (
        "ebay",
        ("IOSS", "IM2760000999"),
        "eu_dear",
        "IOSS=IM2760000999",
        "tax_over_limit",
    ),
    ("ebay", ("IOSS", ""), "eu", "", ""),
    ("ebay", ("OSS", "DE136695976"), "eu", "OSS=DE136695976", ""),
    ("ebay", ("VOEC", "2024999"), "no", "VOEC=2024999", ""),
    ("ebay", ("VOEC", "2024999"), "eu", "VOEC=2024999", "tax_wrong_destination"),
    ("ebay", ("", ""), "ch", "", ""),
    ("ebay", ("ABN", "64000000927"), "au", "ABN=64000000927", ""),
    ("ebay", ("ABN", "64000000999"), "au", "ABN=64000000999", "tax_number_malformed"),
    ("ebay", ("IRD", "49091850"), "nz", "IRD=49091850", ""),
    ("ebay", ("GST", "0012345"), "je", "GST=0012345", ""),
    ("ebay", ("VAT", "FR40303265045"), "eu", "VAT=FR40303265045", ""),
    ("ebay", ("VAT_ID", "FR40303265045"), "eu", "VAT-ID=FR40303265045", ""),
    ("ebay", ("SST", "A-12345"), "us", "SST=A-12345", "tax_wrong_destination"),
    ("ebay", ("DDG", "12345"), "us", "DDG=12345", ""),
    ("ebay", ("MARS", "12345"), "us", "MARS=12345", "tax_scheme_unknown"),
    ("ebay", ("", ""), "us", "", ""),
    ("mirakl", ("", ""), "domestic", "", ""),
    ("mirakl", ("", ""), "ni", "", ""),
    ("mirakl", ("IOSS", OWN), "eu", f"IOSS={OWN}", ""),
    ("mirakl", ("", ""), "eu", "", ""),
    ("mirakl", ("IOSS", OWN), "eu_dear", f"IOSS={OWN}", "tax_over_limit"),
    ("mirakl", ("IOSS", OWN), "canaries", f"IOSS={OWN}", "tax_wrong_destination"),
    ("mirakl", ("IOSS", OWN), "no", f"IOSS={OWN}", "tax_wrong_destination"),
    ("mirakl", ("", ""), "ch", "", ""),
    ("mirakl", ("", ""), "au", "", ""),
    ("mirakl", ("", ""), "us", "", ""),
    ("tiktok", ("", ""), "domestic", "", ""),
    ("tiktok", ("", ""), "ni", "", ""),
    ("tiktok", ("", ""), "eu", "", ""),
    ("tiktok", ("", ""), "us", "", ""),
]


@pytest.mark.parametrize(
    ("marketplace", "says", "place", "marker", "problem"),
    TABLE,
    ids=[f"{row[0]}-{row[1][0] or 'nothing'}-{row[1][1]}-{row[2]}" for row in TABLE],
)
def test_without_rules(
    marketplace: str, says: tuple[str, str], place: str, marker: str, problem: str
) -> None:
    sent = send(store_of(marketplace), RAW[marketplace](place, *says))

    assert sent.marker == marker
    assert sent.problems == ({problem} if problem else set())
    assert sent.order.tax.get("number", "") == marker.partition("=")[2]


PATH = {
    "amazon": "orderItems[].fulfillment.shipping.internationalShipping.iossNumber",
    "ebay": "lineItems[].ebayCollectAndRemitTaxes[].ebayReference.value",
    "mirakl": "order_additional_fields[?code=='ioss-number'].value",
}


def ruled(store: Store, **facts: Any) -> None:
    TaxRule.objects.create(store=store, **({"scheme": "IOSS"} | facts))


@pytest.mark.parametrize("marketplace", ["amazon", "ebay", "mirakl"])
@pytest.mark.parametrize("source", ["connector", "path", "constant"])
@pytest.mark.parametrize(
    ("place", "fits"),
    [
        ("eu", True),
        ("eu_dear", False),
        ("domestic", False),
        ("ni", False),
        ("canaries", False),
        ("no", False),
        ("us", False),
    ],
)
def test_a_rule_for_small_parcels_into_the_eu(
    marketplace: str, source: str, place: str, fits: bool
) -> None:
    store = store_of(marketplace)
    ruled(
        store,
        source=source,
        path=PATH[marketplace] if source == "path" else "",
        number=IOSS if source == "constant" else "",
        countries=["EU"],
        max_value=150,
    )
    says = ("IOSS", IOSS) if fits else ("", "")

    sent = send(store, RAW[marketplace](place, *says))

    assert sent.marker == (f"IOSS={IOSS}" if fits else "")
    assert sent.problems == set()
    assert (sent.order.tax.get("rule") is not None) is fits


@pytest.mark.parametrize("marketplace", ["amazon", "ebay", "mirakl", "tiktok"])
def test_an_expected_number_that_is_absent(marketplace: str) -> None:
    store = store_of(marketplace)
    ruled(store, countries=["EU"], max_value=150)

    sent = send(store, RAW[marketplace]("eu", "", ""))

    assert sent.problems == {"tax_number_missing"}
    (text,) = [x["message"] for x in sent.order.payload_problems if x["code"]]
    assert "to FR" in text
    assert " EUR to FR" in text
    assert CONNECTORS.get(marketplace).label in text


@pytest.mark.parametrize(
    ("marketplace", "says"),
    [
        ("amazon", ("IOSS", IOSS)),
        ("amazon", ("IOSS", "")),
        ("ebay", ("IOSS", IOSS)),
        ("mirakl", ("IOSS", IOSS)),
    ],
)
def test_our_own_number_where_the_marketplace_collects(
    marketplace: str, says: tuple[str, str]
) -> None:
    store = store_of(marketplace)
    ruled(store, source="constant", number=OWN, own=True)

    assert send(store, RAW[marketplace]("eu", *says)).problems == {"tax_own_number"}


@pytest.mark.parametrize("marketplace", ["mirakl", "tiktok"])
def test_our_own_number_where_nobody_else_collects(marketplace: str) -> None:
    store = store_of(marketplace)
    ruled(store, source="constant", number=OWN, own=True, countries=["EU"])

    sent = send(store, RAW[marketplace]("eu", "", ""))

    assert (sent.marker, sent.problems) == (f"IOSS={OWN}", set())


@pytest.mark.parametrize(
    ("scheme", "number", "place"),
    [
        ("VOEC", "2024999", "no"),
        ("EORI", "GB123456789000", "ch"),
        ("ABN", "64000000927", "au"),
        ("VAT", "XI365608576", "ni"),
    ],
)
def test_a_constant_for_one_country(scheme: str, number: str, place: str) -> None:
    store = store_of("amazon")
    country = "XI" if place == "ni" else PLACES[place][0]
    ruled(store, scheme=scheme, source="constant", number=number, countries=[country])

    sent = send(store, amazon(place, "", ""))

    assert sent.marker == f"{scheme}={number}"
    assert sent.problems == ({"tax_domestic"} if place == "ni" else set())
