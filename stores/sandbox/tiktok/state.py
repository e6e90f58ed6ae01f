"""Settings, bad weather and who listens: rows of the peer's state."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Settings:
    """What ``/control/config`` sets; times in business seconds."""

    hold_seconds: float = 3600.0
    list_lag: float = 0.0
    order_age: float = 0.0
    answer_seconds: float = 48 * 3600.0
    refund_seconds: float = 60.0
    # A carrier scans so long after a package was told; 0: only when control says so.
    scan_after: float = 0.0
    # What telling a package does to an open request: refused (UK, EU), rejects (US).
    open_request: str = "refuse"
    tracking_check: bool = True
    several_parcels: bool = False
    planned_packages: bool = False
    zero_stock: bool = True
    # From delivery to settlement, from a statement to its payment.
    settle_seconds: float = 7 * 86_400.0
    pay_seconds: float = 86_400.0
    error_status: str = "200"
    internal_errors: float = 0.0
    consent: str = "ask"


@dataclass(slots=True, kw_only=True)
class Weather:
    """Faults in force that only this peer can play."""

    poison_left: int = 0
    poisoned: list[str] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    scope_missing: bool = False
    revoked: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Subscription:
    """Where one event of a shop is told."""

    app_key: str
    shop_id: str
    event: str
    address: str
    created: int
    updated: int
