"""The shops that a seller's authorisation covers, and which of them a store is.

A store of ours is a region: 'TikTok Shop United Kingdom'. A seller has one shop in it
as a rule; where there are several, the account's setting names those to be used. Each
call about a shop carries its cipher.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from stores.connectors.base import AccountConfig, TokenStore
from stores.connectors.tiktok import fields
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.errors import data_of
from stores.connectors.tiktok.operations import SHOPS
from stores.errors import UnauthorisedError
from stores.http import Answer
from stores.remote_types import ConnectionOutcome, FreshToken

KEPT_KIND = "shops"
# Business seconds; a new consent ends it at once.
KEPT_FOR = 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One shop; ``region`` is ISO 3166 alpha-2, ``code`` what Seller Center shows."""

    id: str
    name: str
    region: str
    code: str
    cipher: str = field(repr=False)


class ShopBook:
    """Knows the shops of one account, asked for once in a while."""

    def __init__(
        self, client: TikTokClient, account: AccountConfig, tokens: TokenStore
    ) -> None:
        self._client = client
        self._account = account
        self._tokens = tokens
        self._known: tuple[Shop, ...] = ()

    def __repr__(self) -> str:
        return f"ShopBook({self._account.key})"

    def all(self) -> tuple[Shop, ...]:
        """Every shop of the authorisation; kept between processes."""
        if not self._known:
            text = self._tokens.get(KEPT_KIND)
            if not text:
                text = self._tokens.refresh(KEPT_KIND, self._fetch)
            self._known = tuple(Shop(**row) for row in json.loads(text))
        return self._known

    def ask(self) -> tuple[Shop, ...]:
        """Every shop as TikTok says now, for the connection test."""
        self._known = ()
        self._tokens.get(KEPT_KIND)  # what is kept is not good enough now
        text = self._tokens.refresh(KEPT_KIND, self._fetch)
        self._known = tuple(Shop(**row) for row in json.loads(text))
        return self._known

    def used(self) -> tuple[Shop, ...]:
        """The shops that the account's stores are, all shops where it has none.

        Raises UnauthorisedError when no store has a shop, or it is not clear which.
        """
        regions = self._account.marketplace_ids
        if not regions:
            return self.all()
        found = tuple(shop for shop in (self._in(region) for region in regions) if shop)
        if not found:
            raise self._missing(regions[0])
        return found

    def of(self, region: str) -> Shop:
        """The shop of a store; UnauthorisedError where there is none."""
        found = self._in(region)
        if found is None:
            raise self._missing(region)
        return found

    def _in(self, region: str) -> Shop | None:
        here = [shop for shop in self.all() if shop.region == region]
        named = [shop for shop in here if shop.code in self._codes()]
        candidates = named or here
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        names = ", ".join(f"{shop.name} ({shop.code})" for shop in candidates)
        raise UnauthorisedError(
            f"The seller has several shops in {region}: {names}. Enter the code of the "
            "one to be used under 'Shop codes' in the account's settings",
            reason=ConnectionOutcome.WRONG_REGION,
            code="several_shops",
        )

    def _codes(self) -> frozenset[str]:
        text = str(self._account.settings.get("shop_codes") or "")
        return frozenset(part.strip() for part in text.split(",") if part.strip())

    def _missing(self, region: str) -> UnauthorisedError:
        there = ", ".join(f"{shop.name} ({shop.region})" for shop in self.all())
        return UnauthorisedError(
            f"The seller's authorisation covers no shop in {region}; it covers "
            f"{there or 'none at all'}. Let the right seller authorise, or change the "
            "store's marketplace",
            reason=ConnectionOutcome.WRONG_REGION,
            code="no_shop",
        )

    def _fetch(self) -> FreshToken:
        found = read_shops(self._client.send(SHOPS, urgent=True))
        token = json.dumps([asdict(shop) for shop in found])
        return FreshToken(token=token, seconds=KEPT_FOR)


def read_shops(answer: Answer) -> tuple[Shop, ...]:
    """The shops of an answer; UnexpectedAnswerError for another shape."""
    data = data_of(answer)
    try:
        return tuple(
            Shop(
                id=fields.required_identifier(row, "id", "shops."),
                name=fields.text(row, "name", "shops."),
                region=fields.required_text(row, "region", "shops."),
                code=fields.text(row, "code", "shops."),
                cipher=fields.required_text(row, "cipher", "shops."),
            )
            for row in fields.rows(data, "shops", "")
        )
    except fields.FieldError as error:
        problem = f"getAuthorizedShops: {error}"
    broken = answer.unexpected(problem)
    # It may hold ciphers.
    broken.body = ""
    raise broken
