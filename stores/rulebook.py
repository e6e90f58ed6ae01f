"""The rules of a store as one value: what makes a payload besides the order itself.

Loaded once for a batch of orders, with just the products, kits and aliases of the SKUs
in it. Frozen: whoever builds a payload asks it and touches no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from stores.models import (
    AttributeRule,
    CustomsCheck,
    EligibleCarrier,
    ExchangeRate,
    Kit,
    OperatingModel,
    Product,
    SkuAlias,
    Store,
    TaxRoute,
    TaxRule,
    UnknownSku,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRuleFacts:
    """A tax rule; see the model for what each value means."""

    id: int
    scheme: str
    source: str
    path: str = ""
    number: str = ""
    own: bool = False
    countries: tuple[str, ...] = ()
    max_value: Decimal | None = None
    expected: bool = True
    issuing_country: str = ""
    entity: str = "shipper"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRuleFacts:
    """An attribute rule; see the model for what each value means."""

    id: int
    name: str
    target: str
    path: str = ""
    text: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts:
    """What is known of a SKU; None and '' are unknown. Weight in grams."""

    sku: str
    title: str = ""
    customs_description: str = ""
    hs_code: str = ""
    origin_country: str = ""
    weight_grams: int | None = None
    customs_value: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentFacts:
    """So many units of a SKU in one kit; ``share`` of its price, None by quantity."""

    sku: str
    quantity: int
    share: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KitFacts:
    """A kit and what it is packed as, in order."""

    sku: str
    title: str
    components: tuple[ComponentFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The rules of one store in force, and the products they speak of.

    ``products`` and ``kits`` are by SKU, ``aliases`` (SKU of the marketplace → ours)
    with the store's own before those of every store.
    """

    version: int = 0
    tax_route: str = TaxRoute.CUSTOM_FIELD_1
    tax_tag_id: int | None = None
    unknown_sku: str = UnknownSku.PUSH
    customs_check: str = CustomsCheck.WARN
    tax_rules: tuple[TaxRuleFacts, ...] = ()
    attributes: tuple[AttributeRuleFacts, ...] = ()
    products: Mapping[str, ProductFacts] = field(default_factory=dict)
    kits: Mapping[str, KitFacts] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    # Currency → its rates, newest first: (valid from, units per euro).
    rates: Mapping[str, tuple[tuple[date, Decimal], ...]] = field(default_factory=dict)
    # Destination ('EU' or a country) → (carrier code, service or '').
    eligible: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)

    @property
    def reads_raw(self) -> bool:
        """Whether a rule looks into the marketplace's order itself."""
        return any(rule.path for rule in self.tax_rules) or any(
            rule.path or rule.when for rule in self.attributes
        )

    def resolved(self, sku: str) -> str:
        """The SKU that this one stands for: its alias, or itself."""
        return self.aliases.get(sku, sku)

    def in_euros(self, amount: Decimal, currency: str, at: datetime) -> Decimal | None:
        """An amount in euros at the rate of that day; None without a rate."""
        if currency == "EUR":
            return amount
        for valid_from, per_euro in self.rates.get(currency, ()):
            if valid_from <= at.date() and per_euro:
                return (amount / per_euro).quantize(Decimal("0.01"))
        return None


NO_RULES = Rulebook()
NO_PRODUCT = ProductFacts(sku="")


def rulebooks(stores: Iterable[Store], skus: Iterable[str]) -> dict[int, Rulebook]:
    """The rulebook of each store by its id, for orders with these SKUs.

    ``remote_account`` of each store must be loaded. A constant number of queries.
    """
    rows = {store.pk: store for store in stores}
    if not rows:
        return {}
    shelf = _Shelf(rows, {sku for sku in skus if sku})
    return {pk: shelf.book(store) for pk, store in rows.items()}


class _Shelf:
    """What the rulebooks of some stores share, read once."""

    def __init__(self, stores: Mapping[int, Store], skus: set[str]) -> None:
        self.models: dict[int, OperatingModel] = {}
        for model in OperatingModel.objects.filter(store__in=stores).order_by(
            "version"
        ):
            self.models[model.store_id] = model
        self.tax = list(TaxRule.objects.filter(store__in=stores, active=True))
        self.attributes = list(
            AttributeRule.objects.filter(store__in=stores, active=True)
        )
        self.aliases = list(
            SkuAlias.objects.filter(
                Q(store__in=stores) | Q(store__isnull=True),
                alias__in=skus,
                approved_at__isnull=False,
            )
        )
        known = skus | {row.sku for row in self.aliases}
        self.kits = {
            kit.sku: KitFacts(
                sku=kit.sku,
                title=kit.title,
                components=tuple(
                    ComponentFacts(sku=x.sku, quantity=x.quantity, share=x.share)
                    for x in kit.components.all()
                ),
            )
            for kit in Kit.objects.filter(sku__in=known).prefetch_related("components")
        }
        known |= {x.sku for kit in self.kits.values() for x in kit.components}
        self.products = {
            row.sku: ProductFacts(
                sku=row.sku,
                title=row.title,
                customs_description=row.customs_description,
                hs_code=row.hs_code,
                origin_country=row.origin_country,
                weight_grams=row.weight_grams,
                customs_value=row.customs_value,
                currency=row.currency,
            )
            for row in Product.objects.filter(sku__in=known)
        }
        self.rates: dict[str, tuple[tuple[date, Decimal], ...]] = {}
        for rate in ExchangeRate.objects.order_by("-valid_from"):
            pair = (rate.valid_from, rate.per_euro)
            self.rates[rate.currency] = (*self.rates.get(rate.currency, ()), pair)
        markets = {store.remote_account.marketplace for store in stores.values()}
        self.carriers = list(EligibleCarrier.objects.filter(marketplace__in=markets))

    def book(self, store: Store) -> Rulebook:
        model = self.models.get(store.pk) or OperatingModel()
        eligible: dict[str, set[tuple[str, str]]] = {}
        for row in self.carriers:
            if row.marketplace == store.remote_account.marketplace:
                pairs = eligible.setdefault(row.destination, set())
                pairs.add((row.carrier_code, row.service))
        return Rulebook(
            version=model.version or 0,
            tax_route=model.tax_route,
            tax_tag_id=model.tax_tag_id,
            unknown_sku=model.unknown_sku,
            customs_check=model.customs_check,
            tax_rules=tuple(
                TaxRuleFacts(
                    id=row.pk,
                    scheme=row.scheme,
                    source=row.source,
                    path=row.path,
                    number=row.number,
                    own=row.own,
                    countries=tuple(row.countries),
                    max_value=row.max_value,
                    expected=row.expected,
                    issuing_country=row.issuing_country,
                    entity=row.entity,
                )
                for row in self.tax
                if row.store_id == store.pk
            ),
            attributes=tuple(
                AttributeRuleFacts(
                    id=row.pk,
                    name=row.name,
                    target=row.target,
                    path=row.path,
                    text=row.text,
                    when=row.when,
                )
                for row in self.attributes
                if row.store_id == store.pk
            ),
            products=self.products,
            kits=self.kits,
            aliases={
                **{x.alias: x.sku for x in self.aliases if x.store_id is None},
                **{x.alias: x.sku for x in self.aliases if x.store_id == store.pk},
            },
            rates=self.rates,
            eligible={place: frozenset(pairs) for place, pairs in eligible.items()},
        )
