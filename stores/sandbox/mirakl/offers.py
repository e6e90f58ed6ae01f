"""The shops' offers, and imports that change them some time after they were taken in.

An import waits, runs, and is complete; only then is anything changed, row by row. Stock
imports set quantities and nothing else; offers that are sent as JSON are set whole, so what
was left out is reset (quantity 0, no description, no discount). Sheet, section 6.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from stores.sandbox.core import canonical_digest
from stores.sandbox.mirakl.people import ITEMS

Json = dict[str, Any]

STOCK, OFFERS = "stock", "offers"
WAITING, RUNNING, COMPLETE, FAILED = "WAITING", "RUNNING", "COMPLETE", "FAILED"
COLUMNS = ("offer-sku", "quantity", "warehouse-code", "update-delete")
REQUIRED = ("shop_sku", "price", "product_id", "product_id_type", "state_code")
FIRST_STOCK = 50


@dataclass(slots=True, kw_only=True)
class Offer:
    """What one shop offers; prices in pence, ``warehouses`` maps code to quantity."""

    offer_id: int
    sku: str
    title: str
    price: int
    quantity: int
    description: str = ""
    discount: int = 0
    lead: int | None = None
    warehouses: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Import:
    """One import; ``rows`` are what it wants, ``errors`` (line, reason)."""

    id: str
    kind: str
    operator: str
    shop_id: int
    created: int
    runs: int
    done: int
    digest: str
    columns: list[str]
    rows: list[Json]
    failed: str = ""
    finished: bool = False
    success: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)

    def status(self, now: int) -> str:
        """Where it stands."""
        if now < self.runs:
            return WAITING
        if not self.finished:
            return RUNNING
        return FAILED if self.failed else COMPLETE

    def report(self) -> str:
        """The error report: line, reason, and the columns as they were sent."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(["error-line", "error-message", *self.columns])
        for line, reason in self.errors:
            row = self.rows[line - 2] if 2 <= line < len(self.rows) + 2 else {}
            writer.writerow([line, reason, *(row.get(name, "") for name in self.columns)])  # fmt: skip
        return out.getvalue()


def offer_id(sku: str) -> int:
    """The number of an offer, from its SKU."""
    return 2000 + sum(sku.encode()) % 1000


class Shelf:
    """All shops' offers and imports."""

    def __init__(self, record: Callable[..., int]) -> None:
        self.record = record
        self.clear()

    def clear(self) -> None:
        """Default offers, no imports."""
        self._shops: dict[tuple[str, int], dict[str, Offer]] = {}
        self.imports: dict[str, Import] = {}
        self._open: deque[str] = deque()

    def offers(self, operator: str, shop_id: int) -> dict[str, Offer]:
        """A shop's offers by SKU; each shop begins with the whole range."""
        key = (operator, shop_id)
        if key not in self._shops:
            self._shops[key] = {
                sku: Offer(
                    offer_id=offer_id(sku),
                    sku=sku,
                    title=title,
                    price=price,
                    quantity=FIRST_STOCK,
                    description=title,
                )
                for sku, title, price in ITEMS
            }
        return self._shops[key]

    def sell(self, operator: str, shop_id: int, sku: str, quantity: int) -> None:
        """An order lowers the stock."""
        offer = self.offers(operator, shop_id).get(sku)
        if offer is not None:
            offer.quantity = max(0, offer.quantity - quantity)

    def take_in(
        self,
        kind: str,
        operator: str,
        shop_id: int,
        *,
        rows: list[Json],
        columns: list[str],
        failed: str,
        now: int,
        wait: int,
        run: int,
    ) -> Import:
        """A new import, or the unfinished one that wants exactly the same."""
        digest = str(canonical_digest([kind, operator, shop_id, rows, failed]))
        for import_id in self._open:
            if kind == OFFERS and self.imports[import_id].digest == digest:
                return self.imports[import_id]
        number = 5000 + len(self.imports) + 1
        found = Import(
            id=f"sto-{number}" if kind == STOCK else str(number),
            kind=kind,
            operator=operator,
            shop_id=shop_id,
            created=now,
            runs=now + wait,
            done=now + wait + run,
            digest=digest,
            columns=columns,
            rows=rows,
            failed=failed,
        )
        self.imports[found.id] = found
        self._open.append(found.id)
        self.record(f"{kind}_import", found.id, rows, operator=operator, rows=len(rows))
        return found

    def advance(self, now: int) -> None:
        """Carry out the imports that are due, oldest first."""
        while self._open and self.imports[self._open[0]].done <= now:
            row = self.imports[self._open.popleft()]
            row.finished = True
            if not row.failed:
                self._carry_out(row)

    def _carry_out(self, row: Import) -> None:
        offers = self.offers(row.operator, row.shop_id)
        change = _set_stock if row.kind == STOCK else _set_offer
        for line, wanted in enumerate(row.rows, start=2):
            try:
                offer = change(offers, wanted)
            except ValueError as error:
                row.errors.append((line, str(error)))
                continue
            row.success += 1
            self.record(
                row.kind,
                offer.sku,
                accepted=True,
                operator=row.operator,
                quantity=offer.quantity,
                import_id=row.id,
            )

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "shops": [
                [*key, [asdict(offer) for offer in offers.values()]]
                for key, offers in self._shops.items()
            ],
            "imports": [asdict(row) for row in self.imports.values()],
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        for operator, shop_id, rows in state["shops"]:
            found = [Offer(**row) for row in rows]
            self._shops[operator, shop_id] = {offer.sku: offer for offer in found}
        for row in state["imports"]:
            errors = [(line, reason) for line, reason in row["errors"]]
            self.imports[row["id"]] = Import(**{**row, "errors": errors})
        self._open.extend(k for k, row in self.imports.items() if not row.finished)


def read_stock_file(data: bytes) -> tuple[list[Json], list[str], str]:
    """(rows, columns, why the whole file is no good); semicolons, a header first."""
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    except (UnicodeDecodeError, csv.Error) as error:
        return [], list(COLUMNS), f"the file can't be read: {error}"
    columns = [text.strip() for text in lines[0]] if lines else []
    if missing := [name for name in COLUMNS[:2] if name not in columns]:
        return [], list(COLUMNS), f"column {missing[0]} is missing"
    return list(_rows(lines[1:], columns)), columns, ""


def _rows(lines: list[list[str]], columns: list[str]) -> Iterator[Json]:
    for line in lines:
        if line:
            yield dict(zip(columns, [text.strip() for text in line], strict=False))


def _set_stock(offers: dict[str, Offer], row: Json) -> Offer:
    sku, text = row.get("offer-sku", ""), row.get("quantity", "")
    offer = offers.get(sku)
    if offer is None:
        raise ValueError(f"Unknown offer SKU '{sku}'")
    flag = row.get("update-delete", "")
    if flag not in ("", "update", "delete"):
        raise ValueError(f"Unknown update-delete '{flag}'")
    warehouse = row.get("warehouse-code", "")
    if flag == "delete":
        offer.warehouses.pop(warehouse, None)
    elif not (text.isascii() and text.isdigit()):
        raise ValueError(f"Quantity '{text}' is not a whole number")
    elif warehouse:
        offer.warehouses[warehouse] = int(text)
    else:
        offer.warehouses.clear()
        offer.quantity = int(text)
        return offer
    offer.quantity = sum(offer.warehouses.values())
    return offer


def _set_offer(offers: dict[str, Offer], row: Json) -> Offer:
    sku = str(row.get("shop_sku") or "")
    known = offers.get(sku)
    if row.get("update_delete") == "delete":
        if known is None:
            raise ValueError(f"Unknown offer SKU '{sku}'")
        return offers.pop(sku)
    if missing := [name for name in REQUIRED if row.get(name) in (None, "")]:
        raise ValueError(f"{missing[0]} is required")
    price, quantity = row["price"], row.get("quantity") or 0
    if not isinstance(price, (int, float)) or price <= 0:
        raise ValueError(f"Price '{price}' is not above 0")
    if not isinstance(quantity, int) or quantity < 0:
        raise ValueError(f"Quantity '{quantity}' is not a whole number")
    discount = (row.get("discount") or {}).get("price") or 0
    offers[sku] = Offer(
        offer_id=offer_id(sku),
        sku=sku,
        title=known.title if known else sku,
        price=round(price * 100),
        quantity=quantity,
        description=str(row.get("description") or ""),
        discount=round(discount * 100),
        lead=row.get("leadtime_to_ship"),
    )
    return offers[sku]
