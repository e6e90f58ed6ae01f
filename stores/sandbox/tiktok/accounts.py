"""Who may call: apps, sellers, their shops, consents and tokens, as rows.

The ids and secrets of the world after a reset are made up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

ACCESS_SECONDS, CODE_SECONDS = 7 * 86_400, 1800
CONSENT_SECONDS = 90 * 86_400
ORDER_SCOPE, FULFILMENT_SCOPE = "seller.order.info", "seller.fulfillment.basic"
LOGISTICS_SCOPE, CANCEL_SCOPE = "seller.logistics", "seller.return_refund.basic"
SHOP_SCOPE, PRODUCT_SCOPE = "seller.authorization.info", "seller.product.basic"
FINANCE_SCOPE = "seller.finance.info"
SCOPES = (
    *(SHOP_SCOPE, CANCEL_SCOPE, FULFILMENT_SCOPE, LOGISTICS_SCOPE, ORDER_SCOPE),
    *(PRODUCT_SCOPE, FINANCE_SCOPE),
)
APP_KEY, SERVICE_ID = "6demoshipsync", "7300000000000000042"
APP_SECRET = "demo_secret_0123456789"  # noqa: S105 - a simulated one
OPEN_ID, SHOP_ID = "demo-seller-open-id", "7490000000000000001"
SHOP_CIPHER = "GCP_demoGBcipherAAAA"
REFRESH_TOKEN = "TTR_demo_refresh"  # noqa: S105 - a simulated one


@dataclass(slots=True, kw_only=True)
class App:
    """An app of the partner centre; ``redirect_url`` is where a consent leads back."""

    app_key: str
    app_secret: str = field(repr=False)
    service_id: str = SERVICE_ID
    name: str = "shipsync"
    redirect_url: str = ""
    disabled: bool = False


@dataclass(slots=True, kw_only=True)
class Shop:
    """A shop of a seller; its cipher goes with every call about it."""

    id: str
    name: str
    region: str
    cipher: str
    code: str
    seller_type: str = "LOCAL"
    warehouse_id: str = "7068001001288303500"

    def view(self) -> Json:
        """As ``GET /authorization/202309/shops`` shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "region": self.region,
            "seller_type": self.seller_type,
            "cipher": self.cipher,
            "code": self.code,
        }


@dataclass(slots=True, kw_only=True)
class Seller:
    """Who gives consent."""

    open_id: str
    name: str
    region: str = "GB"
    shops: list[Shop] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Grant:
    """What a code or a refresh token stands for; times in Unix seconds.

    ``replaces`` is the refresh token that dies when this pair is first used.
    """

    app_key: str
    open_id: str
    scopes: list[str]
    expires_at: int
    consent_until: int
    replaces: str = ""
    revoked: bool = False
    dead: bool = False


@dataclass(slots=True, kw_only=True)
class Access:
    """What an access token stands for."""

    app_key: str
    open_id: str
    scopes: list[str]
    expires_at: int
    refresh_token: str
