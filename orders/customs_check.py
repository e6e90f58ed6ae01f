"""Whether ShipStation kept the customs lines that we wrote with an order.

Its setting 'International > Customs Declarations' may fill them from its own product
data instead; no interface shows that setting (fact sheet of API v1), so the first
reading after a write is what tells. One case per account, not one per order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orders.models import ShipStationOrder
from orders.triage import close_store_case, open_store_case
from stores.models import ShipStationAccount
from stores.shipstation.types import SsOrder

KIND, CAUSE = "customs_overwritten", "customs_declarations"
_FIELDS = (
    "description",
    "quantity",
    "value",
    "harmonizedTariffCode",
    "countryOfOrigin",
)
_WORDS = {
    "harmonizedTariffCode": "HS code",
    "countryOfOrigin": "country of origin",
}


def lines_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The customs lines of a body, with the fields that we may write."""
    items = (body.get("internationalOptions") or {}).get("customsItems") or []
    return [{name: item[name] for name in _FIELDS if item.get(name)} for item in items]


def difference(
    ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]
) -> str:
    """What of our lines is not there any more, in words; '' when all is.

    What we left open may be filled by ShipStation.
    """
    if len(ours) != len(theirs):
        return f"lines written: {len(ours)}, there: {len(theirs)}"
    for number, (mine, there) in enumerate(zip(ours, theirs, strict=True), start=1):
        for name, value in mine.items():
            if not _same(value, there.get(name)):
                return f"the {_WORDS.get(name, name)} of line {number} is another one"
    return ""


def _same(ours: object, theirs: object) -> bool:
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return abs(ours - theirs) < 0.005
    return str(ours).strip() == str(theirs or "").strip()


@dataclass(slots=True)
class CustomsCheck:
    """What a page of records shows of customs lines that we wrote."""

    overwritten: tuple[SsOrder, str] | None = None
    kept: bool = False

    def look(self, record: ShipStationOrder, row: SsOrder) -> None:
        """Compare once, at the first reading that began after the write."""
        ours, written_at = record.written_customs, record.written_at
        if not ours or written_at is None or row.as_of < written_at:
            return
        record.written_customs, record.customs_lost = [], ""
        if told := difference(ours, lines_of(row.body)):
            record.customs_lost = told[:200]
            self.overwritten = row, told
        else:
            self.kept = True

    def tell(self, account: ShipStationAccount) -> None:
        """Open the account's case, or close it where the lines were kept."""
        scope = f"account:{account.key}"
        if self.overwritten is not None:
            row, told = self.overwritten
            open_store_case(
                scope=scope,
                kind=KIND,
                cause=CAUSE,
                summary=f"ShipStation shows other customs lines on {row.order_number} "
                f"than we wrote: {told}",
                context={"order_number": row.order_number, "difference": told},
            )
        elif self.kept:
            close_store_case(scope=scope, kind=KIND, cause=CAUSE)
