"""The query of OR11, read and run. Sheet, section 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stores.sandbox.mirakl.answers import invalid
from stores.sandbox.mirakl.orders import STATES, Order, OrderBook

DEFAULT_MAX, MOST_MAX, MOST_IDS = 10, 100, 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHANNEL = "INIT"
WORKFLOWS = (
    *("PAY_ON_ACCEPTANCE", "PAY_ON_DELIVERY", "PAY_ON_DUE_DATE", "PAY_ON_SHIPMENT"),
    "NO_CUSTOMER_PAYMENT_CONFIRMATION",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A checked request: times in milliseconds."""

    order_ids: frozenset[str] | None = None
    references: frozenset[str] | None = None
    seller_references: frozenset[str] | None = None
    states: frozenset[str] = frozenset()
    created: tuple[int | None, int | None] = (None, None)
    updated: tuple[int | None, int | None] = (None, None)
    debited: bool | None = None
    incident: bool | None = None
    workflow: str = ""
    tax_mode: str = ""
    centres: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    without_channel: bool = False
    descending: bool = False
    limit: int = DEFAULT_MAX
    offset: int = 0

    @property
    def by_name(self) -> bool:
        """Whether single orders are asked for, not what changed."""
        return self.order_ids is not None or self.references is not None


def read_query(params: Mapping[str, str]) -> Query:
    """Check a request's parameters; raises ApiError."""
    states = _list(params, "order_state_codes") or frozenset()
    if unknown := states - set(STATES):
        raise invalid(
            f"order_state_codes: unknown value '{min(unknown)}'", "order_state_codes"
        )
    workflow = params.get("payment_workflow", "")
    if workflow and workflow not in WORKFLOWS:
        raise invalid(f"payment_workflow: unknown value '{workflow}'")
    if params.get("sort", "dateCreated") != "dateCreated":
        raise invalid(f"sort: unknown value '{params['sort']}'", "sort")
    if params.get("order", "asc") not in ("asc", "desc"):
        raise invalid(f"order: unknown value '{params['order']}'", "order")
    return Query(
        order_ids=_list(params, "order_ids"),
        references=_list(params, "order_references_for_customer"),
        seller_references=_list(params, "order_references_for_seller"),
        states=states,
        created=(read_moment(params, "start_date"), read_moment(params, "end_date")),
        updated=(
            read_moment(params, "start_update_date"),
            read_moment(params, "end_update_date"),
        ),
        debited=_flag(params, "customer_debited"),
        incident=_flag(params, "has_incident"),
        workflow=workflow,
        tax_mode=params.get("order_tax_mode", ""),
        centres=_list(params, "fulfillment_center_code"),
        channels=_list(params, "channel_codes"),
        without_channel=bool(_flag(params, "only_null_channel")),
        descending=params.get("order") == "desc",
        limit=read_number(params, "max", DEFAULT_MAX, 1, MOST_MAX),
        offset=read_number(params, "offset", 0, 0, 10**9),
    )


def run_query(
    query: Query, book: OrderBook, operator: str, shop_id: int, *, delta: int
) -> list[Order]:
    """All orders that the query finds, by creation; the page is cut by the caller.

    ``delta`` milliseconds are subtracted from the start of an update window.
    """
    since, until = query.updated
    if query.order_ids is not None:
        named = (book.get(order_id) for order_id in query.order_ids)
        rows = iter([order for order in named if order is not None])
    else:
        rows = book.changed_since(operator, 0 if since is None else since - delta)
    start = None if since is None else since - delta
    found = [
        order
        for order in rows
        if order.shop_id == shop_id
        and order.operator == operator
        and (not query.states or order.state in query.states)
        and _within(order.updated, start, until)
        and _within(order.created, *query.created)
        and _fits(query, order)
    ]
    found.sort(key=lambda order: (order.created, order.order_id))
    if query.descending:
        found.reverse()
    return found


def reference(order: Order) -> str:
    """The order's reference for the customer."""
    return f"WEB-{order.commercial_id}"


def _fits(query: Query, order: Order) -> bool:
    if query.seller_references is not None or query.without_channel:
        return False  # nobody sets them, and every order has a channel
    return (
        (query.debited is None or query.debited == bool(order.debited))
        and (query.incident is None or query.incident == order.has_incident)
        and (query.references is None or reference(order) in query.references)
        and (query.centres is None or order.centre in query.centres)
        and (query.channels is None or CHANNEL in query.channels)
    )


def _within(moment: int, start: int | None, end: int | None) -> bool:
    return (start is None or moment >= start) and (end is None or moment <= end)


def _list(params: Mapping[str, str], name: str) -> frozenset[str] | None:
    if name not in params:
        return None
    found = [text.strip() for text in params[name].split(",") if text.strip()]
    if len(found) > MOST_IDS:
        raise invalid(f"{name}: the limit of {MOST_IDS} is exceeded", name)
    return frozenset(found)


def _flag(params: Mapping[str, str], name: str) -> bool | None:
    text = params.get(name)
    if text is None:
        return None
    if text not in ("true", "false"):
        raise invalid(f"{name}: '{text}' is neither true nor false", name)
    return text == "true"


def read_moment(params: Mapping[str, str], name: str) -> int | None:
    """A date and time parameter in milliseconds; raises ApiError."""
    text = params.get(name)
    if not text:
        return None
    # A plus sign that was sent bare has become a space.
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise invalid(f"{name}: '{text}' is no date and time", name) from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return (found - _EPOCH) // timedelta(milliseconds=1)


def read_number(
    params: Mapping[str, str], name: str, default: int, low: int, high: int
) -> int:
    """A whole number parameter; raises ApiError."""
    text = params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise invalid(f"{name}: '{text}' is not a number from {low} to {high}", name)
    return int(text)
