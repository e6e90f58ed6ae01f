"""Who gets which page of settlements."""

from __future__ import annotations

from typing import Any

from reconciliation.models import SettlementFile, SettlementFormat
from stores.models import Store
from tests.permissions.row import FINANCE, Row
from tests.reconciliation.factories import make_settlement

_ONE = ("settlement",)
_LINE = ("settlement", "line")


def _row(name: str, **row: Any) -> Row:
    return Row(name=f"reconciliation:{name}", roles=FINANCE, **row)


ROWS: tuple[Row, ...] = (
    _row("settlements"),
    _row("settlements_csv"),
    _row("settlement_lines"),
    _row("settlement_lines_csv"),
    _row("settlement_months"),
    _row("settlement_months_csv"),
    _row("settlement_reserve", args=("seller",)),
    _row("settlement_upload"),
    _row("settlement_files"),
    _row("settlement_format_new"),
    _row("settlement_format", args=("settlement_format",)),
    _row("settlement_file", args=("settlement_file",)),
    _row("settlement_file_problems", args=("settlement_file",)),
    _row("settlement_fetch", args=("seller",), method="post", status=302),
    _row("settlement", args=_ONE),
    _row("settlement_csv", args=_ONE),
    # Without a note it is not signed: a line has no order.
    _row("settlement_sign", args=_ONE, method="post", status=422),
    _row("settlement_unsign", args=_ONE, method="post", status=302),
    _row("settlement_compare", args=_ONE, method="post", status=302),
    _row("settlement_line", args=_LINE),
    _row("settlement_match", args=_LINE, method="post", status=422),
)


def values(store: Store) -> dict[str, Any]:
    """One settlement with a line, and a file of the store's account."""
    account = store.remote_account
    file = SettlementFile.objects.create(
        account=account, source="amazon_v2", name="a.txt", digest="0" * 64
    )
    row = make_settlement(account, [{"kind": "sale", "amount": "1.00"}])
    return {
        "seller": account.pk,
        "settlement": row.pk,
        "line": 1,
        "settlement_file": file.pk,
        "settlement_format": SettlementFormat.objects.create(name="Their CSV").pk,
    }
