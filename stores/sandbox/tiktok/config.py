"""What ``/control/config`` sets at this peer, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stores.sandbox.core import ControlError
from stores.sandbox.tiktok.state import Settings
from stores.sandbox.tiktok.world import World

Json = dict[str, Any]

_CHOICES = {
    "open_request": ("refuse", "reject"),
    "error_status": ("200", "4xx"),
    "consent": ("ask", "agree", "deny"),
    "rotation": ("on_use", "at_once", "keep"),
}
_SWITCHES = ("tracking_check", "several_parcels", "planned_packages", "zero_stock")
_OTHERS = ("apps", "sellers", "quotas", "rotation", "consent_seconds")


def configure(world: World, config: Mapping[str, Any]) -> None:
    """Change settings, accounts and limits; ControlError says what is wrong."""
    try:
        _configure(world, config)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ControlError(400, f"tiktok: {error}") from None


def _configure(world: World, config: Mapping[str, Any]) -> None:
    known = {*Settings.__dataclass_fields__, *_OTHERS}
    if unknown := sorted(set(config) - known):
        raise ValueError(
            f"no setting {unknown[0]!r}; there are: {', '.join(sorted(known))}"
        )
    for app in config.get("apps", []):
        world.auth.add_app(app)
    for seller in config.get("sellers", []):
        world.auth.add_seller(seller)
    if "quotas" in config:
        world.limits.configure(config["quotas"])
    if "rotation" in config:
        world.auth.rotation = _choice("rotation", config["rotation"])
    if "consent_seconds" in config:
        world.auth.consent_seconds = int(_number("consent_seconds", config))
    changes: Json = {}
    for name in Settings.__dataclass_fields__:
        if name not in config:
            continue
        if name in _CHOICES:
            changes[name] = _choice(name, config[name])
        elif name in _SWITCHES:
            changes[name] = bool(config[name])
        else:
            changes[name] = _number(name, config)
    if changes.get("internal_errors", 0) > 1:
        raise ValueError("internal_errors: a share from 0 to 1")
    world.apply_settings(replace(world.settings, **changes))


def _number(name: str, config: Mapping[str, Any]) -> float:
    value = float(config[name])
    if value < 0:
        raise ValueError(f"{name}={value}: must not be negative")
    return value


def _choice(name: str, value: object) -> str:
    if str(value) not in _CHOICES[name]:
        raise ValueError(f"{name}={value!r}: one of {', '.join(_CHOICES[name])}")
    return str(value)


def view(world: World) -> Json:
    """The configuration in force, without secrets."""
    settings, auth = world.settings, world.auth
    return {
        **{name: getattr(settings, name) for name in Settings.__dataclass_fields__},
        "rotation": auth.rotation,
        "consent_seconds": auth.consent_seconds,
        "quotas": world.limits.view(),
        "apps": [
            {
                "app_key": app.app_key,
                "service_id": app.service_id,
                "redirect_url": app.redirect_url,
                "disabled": app.disabled,
            }
            for app in auth.apps.values()
        ],
        "sellers": [
            {
                "open_id": seller.open_id,
                "name": seller.name,
                "region": seller.region,
                "shops": [shop.view() for shop in seller.shops],
            }
            for seller in auth.sellers.values()
        ],
    }
