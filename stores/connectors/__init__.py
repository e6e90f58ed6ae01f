"""The marketplaces we can talk to: one sub-package each, found by walking this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shipsync_site.lib.registry import Registry

if TYPE_CHECKING:
    from stores.connectors.base import ConnectorType

CONNECTORS: Registry[ConnectorType] = Registry("connectors", "stores.connectors")


def connector_choices() -> list[tuple[str, str]]:
    """(code, label) of every connector; a callable, so a new one needs no migration."""
    return [(connector.code, connector.label) for connector in CONNECTORS]
