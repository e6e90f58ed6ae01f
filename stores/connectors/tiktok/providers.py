"""TikTok's shipping providers: listed per delivery option, found by name; matching pure.

A carrier mapping holds a provider's name ('Royal Mail') or, pinned by a person, its id,
a long number. Nothing is guessed: where several providers fit a name, or none, a
person chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from stores.connectors.base import ChoiceStore
from stores.connectors.tiktok import fields
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.errors import data_of
from stores.connectors.tiktok.operations import (
    DELIVERY_OPTIONS,
    PROVIDERS,
    WAREHOUSES,
)
from stores.connectors.tiktok.shops import Shop
from stores.errors import RejectedError
from stores.http import Answer
from stores.remote_types import Choice, ChoiceKind

# One carrier under several names.
_SAME = (frozenset({"evri", "hermes", "myhermes"}),)
# What a name may say beside the carrier's own: the country, or the kind of company.
_BESIDE = frozenset({"uk", "gb", "ie", "ltd", "limited", "group", "delivery"})
_SHOWN = 8
# The other kind takes returns and has no delivery options.
SENDS_FROM = "SALES_WAREHOUSE"


class Providers:
    """The providers of one account's shops, as they are kept for a day."""

    def __init__(self, client: TikTokClient, choices: ChoiceStore) -> None:
        self._client = client
        self._choices = choices

    def of(self, shop: Shop, option_id: str, *, urgent: bool) -> tuple[Choice, ...]:
        """The providers of a delivery option; asked for once a day."""
        known = self._choices.get(ChoiceKind.CARRIER, option_id)
        return known or self.ask(shop, option_id, urgent=urgent)

    def ask(self, shop: Shop, option_id: str, *, urgent: bool) -> tuple[Choice, ...]:
        """The providers of a delivery option as TikTok says now."""
        answer = self._client.send(
            PROVIDERS,
            cipher=shop.cipher,
            ids={"delivery_option_id": option_id},
            urgent=urgent,
        )
        found = providers_of(answer, option_id)
        self._choices.keep(ChoiceKind.CARRIER, option_id, found)
        return found

    def pick(
        self,
        shop: Shop,
        option_id: str,
        *,
        code: str,
        name: str,
        urgent: bool,
    ) -> str:
        """The provider's id for a mapping; the list is read anew before a refusal.

        Raises RejectedError naming what the delivery option offers.
        """
        if not option_id:
            raise RejectedError(
                "TikTok names no delivery option for this order, so its shipping "
                "providers are not known: confirm it in Seller Center",
                code="no_delivery_option",
                field="carrierCode",
            )
        try:
            return match(self.of(shop, option_id, urgent=urgent), code=code, name=name)
        except RejectedError:
            return match(self.ask(shop, option_id, urgent=urgent), code=code, name=name)

    def all(self, shop: Shop) -> tuple[Choice, ...]:
        """The providers of every delivery option of a shop's warehouses."""
        found: list[Choice] = []
        for option_id in self._options(shop):
            try:
                found += self.ask(shop, option_id, urgent=False)
            except RejectedError:
                continue  # TikTok ships it, or the shop has left it
        return tuple(found)

    def _options(self, shop: Shop) -> tuple[str, ...]:
        warehouses = self._client.send(WAREHOUSES, cipher=shop.cipher)
        found: list[str] = []
        for warehouse in _ids(warehouses, "warehouses", SENDS_FROM):
            options = self._client.send(
                DELIVERY_OPTIONS,
                cipher=shop.cipher,
                ids={"warehouse_id": warehouse},
            )
            found += _ids(options, "delivery_options")
        return tuple(dict.fromkeys(found))


def providers_of(answer: Answer, option_id: str) -> tuple[Choice, ...]:
    """The providers of an answer; UnexpectedAnswerError for another shape."""
    try:
        return tuple(
            Choice(
                kind=ChoiceKind.CARRIER,
                code=fields.required_identifier(row, "id", "shipping_providers."),
                label=fields.required_text(row, "name", "shipping_providers."),
                scope=option_id,
                standard=fields.required_text(row, "name", "shipping_providers."),
            )
            for row in fields.rows(data_of(answer), "shipping_providers", "")
        )
    except fields.FieldError as error:
        problem = f"getShippingProviders: {error}"
    raise answer.unexpected(problem)


def match(providers: Iterable[Choice], *, code: str, name: str = "") -> str:
    """The id of the provider that a mapping's code, or else its name, means.

    A pinned id that this delivery option lacks is looked for by its name: ids may
    differ between options. Raises RejectedError where none or several fit.
    """
    offered = tuple(providers)
    if any(choice.code == code for choice in offered):
        return code
    wanted = name if code.isdecimal() else code
    fitting = _fitting(offered, wanted) if wanted else ()
    if len(fitting) == 1:
        return fitting[0].code
    names = ", ".join(choice.label for choice in (fitting or offered)[:_SHOWN])
    if fitting:
        text = f"TikTok has several shipping providers for {wanted!r}: {names}"
    else:
        text = (
            f"TikTok has no shipping provider {wanted or code!r} for this order's "
            f"delivery option; it offers {names or 'none'}"
        )
    raise RejectedError(
        f"{text}. Choose one in the carrier mapping",
        code="bad_carrier",
        field="carrierCode",
    )


def _fitting(offered: tuple[Choice, ...], wanted: str) -> tuple[Choice, ...]:
    """Those of exactly this name, else of this name and a country, else with more."""
    ours = _tokens(wanted)
    if not ours:
        return ()
    exact = [choice for choice in offered if _tokens(choice.label) == ours]
    near = [x for x in offered if _tokens(x.label) - _BESIDE == ours - _BESIDE]
    within = [choice for choice in offered if ours <= _tokens(choice.label)]
    return tuple(exact or near or within)


def _tokens(name: str) -> frozenset[str]:
    """A name's words, one word for a carrier of several names."""
    words = frozenset(re.findall(r"[^\W_]+", name.casefold()))
    for same in _SAME:
        if words & same:
            words = words - same | {min(same)}
    return words


def _ids(answer: Answer, name: str, kind: str = "") -> list[str]:
    """The ids of a list's rows, those of another ``type`` left out."""
    try:
        return [
            fields.required_identifier(row, "id", f"{name}.")
            for row in fields.rows(data_of(answer), name, "")
            if not kind or fields.text(row, "type", f"{name}.") in ("", kind)
        ]
    except fields.FieldError as error:
        problem = str(error)
    raise answer.unexpected(problem)
