"""What the figures of a diagnosis are called, by the decision that they are for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureWords:
    """A figure: counted under ``code`` (and ``plus``), a quantile of ``spread``, or a
    value of the ``result``; ``of`` is the figure that it is a part of. ``tone`` colours
    it where it is above zero."""

    code: str
    sentence: str
    of: str = ""
    plus: tuple[str, ...] = ()
    spread: str = ""
    quantile: float = 0.5
    result: str = ""
    unit: str = ""
    tone: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableWords:
    """A table and the names of its key's columns."""

    code: str
    title: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionWords:
    """A section of the report."""

    code: str
    title: str
    lead: str
    figures: tuple[FigureWords, ...]
    tables: tuple[str, ...] = ()


def _f(code: str, sentence: str, of: str = "", tone: str = "plain") -> FigureWords:
    return FigureWords(code=code, sentence=sentence, of=of, tone=tone)


SECTIONS = (
    SectionWords(
        code="cancellations",
        title="Who owns cancellations",
        lead="What became of orders that were cancelled, or asked to be, once ShipStation "
        "had them.",
        figures=(
            _f("cancelled", "Orders cancelled at the marketplace", "orders"),
            _f("cancelled_part", "Orders of which a part was cancelled", "orders"),
            _f("asked", "Orders whose buyer asks to cancel now", "orders", "soon"),
            _f(
                "cancelled_after_sync",
                "Cancelled orders that ShipStation had as well",
                "cancelled",
            ),
            _f(
                "cancelled_shipped",
                "Cancelled orders that were shipped all the same",
                "cancelled_after_sync",
                "breach",
            ),
            _f(
                "cancelled_open",
                "Cancelled orders that can still be packed in ShipStation",
                "cancelled_after_sync",
                "breach",
            ),
            _f(
                "cancelled_stopped",
                "Cancelled orders that were stopped in ShipStation",
                "cancelled_after_sync",
            ),
            _f(
                "asked_shipped",
                "Orders with a label whose buyer asks to cancel",
                "asked",
                "soon",
            ),
        ),
    ),
    SectionWords(
        code="tax",
        title="Where tax numbers are and where they go",
        lead="Where numbers stand in the marketplace's order and in ShipStation's, by "
        "destination. ShipStation's older interface does not show tax identifiers of the "
        "newer one.",
        figures=(
            _f("tax_present", "Orders with a number of a tax scheme", "orders"),
            _f(
                "tax_absent",
                "Orders where one is expected and none stands anywhere in the order",
                "orders",
                "soon",
            ),
            _f(
                "tax_not_passed_on",
                "Orders with a number at the marketplace and none in ShipStation",
                "tax_present",
                "soon",
            ),
            _f(
                "tax_above_limit",
                "Orders into the EU above 150 EUR, which need no IOSS",
            ),
            _f(
                "tax_no_rate",
                "Orders into the EU whose value could not be compared: no exchange rate",
                "",
                "soon",
            ),
            _f(
                "tax_unread",
                "Orders abroad whose list tells no tax, and that were not read by "
                "themselves",
            ),
        ),
        tables=("tax_places", "tax_recorded", "tax_absent", "destinations"),
    ),
    SectionWords(
        code="shipped",
        title="Who owns 'shipped'",
        lead="Parcels that left ShipStation, and what the marketplace knows of them.",
        figures=(
            _f("dispatches", "Labels and marks as shipped that count"),
            _f("told", "The marketplace shows the parcel's number", "dispatches"),
            _f(
                "told_by_status",
                "It says shipped, but shows another number or none",
                "dispatches",
                "soon",
            ),
            _f(
                "untold",
                "It was told nothing, and is late with it",
                "dispatches",
                "breach",
            ),
            _f("untold_yet", "It was told nothing yet", "dispatches"),
            _f(
                "told_cancelled", "The order is cancelled there", "dispatches", "breach"
            ),
            FigureWords(
                code="told_median",
                sentence="From the label to the marketplace, median",
                spread="told_after",
                unit="min",
            ),
            FigureWords(
                code="told_p95",
                sentence="From the label to the marketplace, 95 of 100 within",
                spread="told_after",
                quantile=0.95,
                unit="min",
            ),
            _f("labelled_late", "Labels bought after ship-by", "dispatches", "breach"),
            _f("untracked", "Parcels without a tracking number", "dispatches", "soon"),
            _f(
                "notified_yes",
                "ShipStation says that it told the marketplace",
                "dispatches",
            ),
            _f(
                "notified_no",
                "ShipStation says that it did not tell the marketplace",
                "dispatches",
            ),
            _f(
                "notify_errors",
                "ShipStation failed to tell the marketplace",
                "dispatches",
                "breach",
            ),
            _f(
                "told_by_others",
                "Parcels that the marketplace shows and ShipStation does not have",
                "",
                "soon",
            ),
        ),
        tables=("pairs", "told_by_others"),
    ),
    SectionWords(
        code="combined",
        title="Combined and split shipments",
        lead="How often one parcel stands for several orders, or one order for several "
        "parcels.",
        figures=(
            _f("combined", "Orders in ShipStation that others were combined into"),
            _f("absorbed", "Orders that were absorbed by them"),
            _f("split", "Parts of split orders in ShipStation", "records"),
            _f("several_parcels", "Orders with more than one parcel", "orders"),
            _f(
                "shared_tracking",
                "Tracking numbers that the marketplace shows for several orders",
            ),
        ),
    ),
    SectionWords(
        code="setup",
        title="Before it goes live",
        lead="Carriers, products and other tools that a first day would stumble over.",
        figures=(
            _f("unmapped", "Parcels whose carrier has no code yet", "", "breach"),
            _f("unknown_sku", "Order lines with a SKU nobody knows here", "", "soon"),
            _f(
                "not_in_shipstation",
                "Open orders that ShipStation does not have by that number",
                "orders",
                "soon",
            ),
            _f(
                "only_in_shipstation",
                "Orders in ShipStation that the marketplace did not list",
                "",
                "soon",
            ),
            _f(
                "shipped_elsewhere",
                "Orders that ShipStation says were shipped elsewhere",
            ),
            FigureWords(
                code="foreign_calls",
                sentence="Calls of other tools on the ShipStation key while this was read",
                result="foreign_calls",
                tone="soon",
            ),
            FigureWords(
                code="webhooks",
                sentence="Webhooks of other tools on the ShipStation account",
                result="webhooks",
                tone="soon",
            ),
            FigureWords(
                code="bad",
                sentence="Records that could not be read",
                result="bad",
                tone="breach",
            ),
        ),
        tables=("carriers", "unknown_skus", "routes", "not_ours"),
    ),
)

TABLES = {
    words.code: words
    for words in (
        TableWords(
            code="tax_places",
            title="At the marketplace",
            columns=("Destination", "Scheme", "Path in the order"),
        ),
        TableWords(
            code="tax_recorded",
            title="In ShipStation",
            columns=("Destination", "Scheme", "Field"),
        ),
        TableWords(
            code="tax_absent",
            title="Expected and absent",
            columns=("Destination", "Expected"),
        ),
        TableWords(
            code="destinations", title="Where orders go", columns=("Destination",)
        ),
        TableWords(
            code="pairs",
            title="Carriers as both sides have them",
            columns=("ShipStation carrier", "Service", "At the marketplace"),
        ),
        TableWords(
            code="told_by_others",
            title="Parcels of others, by carrier at the marketplace",
            columns=("Carrier",),
        ),
        TableWords(
            code="carriers",
            title="Carriers and services in use",
            columns=("ShipStation carrier", "Service", "Code"),
        ),
        TableWords(code="unknown_skus", title="SKUs nobody knows", columns=("SKU",)),
        TableWords(
            code="routes",
            title="Orders that came by another route",
            columns=("Source in ShipStation",),
        ),
        TableWords(code="not_ours", title="Not the store's to ship", columns=("Why",)),
    )
}
