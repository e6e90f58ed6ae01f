"""The reasons that TikTok takes: for cancelling as the seller, and for saying no.

Which are legal depends on the case, so TikTok is asked for them right before; the list
of keys for the United Kingdom ('Cancel an order', appendix) is only for choosing ahead.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from stores.connectors.base import ChoiceStore
from stores.connectors.tiktok import fields
from stores.connectors.tiktok.cancellations import SELLER, plain_reason
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.errors import data_of
from stores.connectors.tiktok.fields import Json
from stores.connectors.tiktok.operations import ELIGIBILITY, REJECT_REASONS
from stores.connectors.tiktok.shops import Shop
from stores.errors import RejectedError, RemoteError
from stores.http import Answer
from stores.remote_types import Choice, ChoiceKind

logger = logging.getLogger(__name__)

_IDS = ("cancel_id", "order_id")
OUT_OF_STOCK = "seller_cancel_reason_out_of_stock_uk"
_UK_CANCEL = (
    (OUT_OF_STOCK, "Out of stock"),
    ("seller_cancel_reason_wrong_price_uk", "Wrong price"),
    (
        "seller_cancel_paid_reason_address_not_deliver_uk",
        "The address can't be delivered to",
    ),
)


class Reasons:
    """Asks which reasons are legal, and keeps them for people to choose from."""

    def __init__(self, client: TikTokClient, choices: ChoiceStore) -> None:
        self._client = client
        self._choices = choices

    def note(self, shop: Shop, request: Json) -> None:
        """Keep what a person may say no with to an open request, once; never raises."""
        cancel_id, order_id = (str(request.get(x) or "") for x in _IDS)
        if not cancel_id or self._choices.get(ChoiceKind.REJECT_REASON, order_id):
            return
        try:
            self._legal(shop, cancel_id, order_id)
        except RemoteError as error:
            logger.info("reasons to reject %s are not known: %s", cancel_id, error)

    def to_reject(self, shop: Shop, cancel_id: str, order_id: str, wanted: str) -> str:
        """A legal reason for saying no; RejectedError names those there are."""
        return _chosen(wanted, self._legal(shop, cancel_id, order_id))

    def _legal(self, shop: Shop, cancel_id: str, order_id: str) -> tuple[Choice, ...]:
        answer = self._client.send(
            REJECT_REASONS,
            cipher=shop.cipher,
            query={"return_or_cancel_id": cancel_id},
            urgent=True,
        )
        legal = _reject_choices(answer, order_id)
        self._choices.keep(ChoiceKind.REJECT_REASON, order_id, legal)
        return legal

    def to_cancel(self, shop: Shop, order_id: str, wanted: str, *, urgent: bool) -> str:
        """A reason that is legal for cancelling this order now."""
        answer = self._client.send(
            ELIGIBILITY,
            cipher=shop.cipher,
            ids={"order_id": order_id},
            query={"initiate_aftersale_user": SELLER, "request_types": "CANCEL"},
            urgent=urgent,
        )
        legal = _cancel_choices(answer, order_id)
        self._choices.keep(ChoiceKind.CANCEL_REASON, order_id, legal)
        return _chosen(wanted, legal)


def usual(regions: Sequence[str]) -> tuple[Choice, ...]:
    """The reasons that sellers of these regions are known to have for cancelling.

    Those for saying no are of the single request alone (see :meth:`Reasons.note`).
    """
    if "GB" not in regions:
        return ()
    return tuple(
        Choice(kind=ChoiceKind.CANCEL_REASON, code=code, label=label)
        for code, label in _UK_CANCEL
    )


def _chosen(wanted: str, legal: tuple[Choice, ...]) -> str:
    if any(choice.code == wanted for choice in legal):
        return wanted
    if not wanted and len(legal) == 1:
        return legal[0].code
    names = "; ".join(choice.label for choice in legal)
    if not legal:
        text = "TikTok lets this order not be cancelled or kept as it is now"
    elif wanted:
        text = f"TikTok does not take {plain_reason(wanted)!r} here; it takes: {names}"
    else:
        text = f"TikTok wants a reason: {names}"
    raise RejectedError(f"{text}. Decide again", code="bad_reason", field="reason")


def _reject_choices(answer: Answer, scope: str) -> tuple[Choice, ...]:
    try:
        return tuple(
            Choice(
                kind=ChoiceKind.REJECT_REASON,
                code=fields.required_text(row, "name", "reasons."),
                label=fields.text(row, "text", "reasons.")
                or plain_reason(fields.required_text(row, "name", "reasons.")),
                scope=scope,
            )
            for row in fields.rows(data_of(answer), "reasons", "")
        )
    except fields.FieldError as error:
        problem = f"getRejectReasons: {error}"
    raise answer.unexpected(problem)


def _cancel_choices(answer: Answer, scope: str) -> tuple[Choice, ...]:
    """The reasons that hold for any item of the order, in TikTok's order."""
    found: dict[str, None] = {}
    try:
        for sku in fields.rows(data_of(answer), "sku_eligibility", ""):
            path = "sku_eligibility."
            for row in fields.rows(sku, "line_item_eligibility", path):
                names = fields.texts(
                    row, "available_reason_names", f"{path}line_item_eligibility."
                )
                found |= dict.fromkeys(names or ())
    except fields.FieldError as error:
        problem = f"getAftersaleEligibility: {error}"
    else:
        labels = dict(_UK_CANCEL)
        return tuple(
            Choice(
                kind=ChoiceKind.CANCEL_REASON,
                code=name,
                label=labels.get(name) or plain_reason(name),
                scope=scope,
            )
            for name in found
        )
    raise answer.unexpected(problem)
