"""What an attribute rule may not fill: the field in which the tax number goes; pure."""

from __future__ import annotations

from stores.models import AttributeTarget, TaxRoute

_MARKERS = {
    AttributeTarget.CUSTOM_FIELD_1: TaxRoute.CUSTOM_FIELD_1,
    AttributeTarget.CUSTOM_FIELD_2: TaxRoute.CUSTOM_FIELD_2,
    AttributeTarget.CUSTOM_FIELD_3: TaxRoute.CUSTOM_FIELD_3,
}


def taken(target: str, tax_route: str) -> str:
    """Why no attribute rule may fill this target while tax numbers go this way; ''."""
    route = _MARKERS.get(target)  # type: ignore[call-overload]
    if route is None or route != tax_route:
        return ""
    return (
        f"{AttributeTarget(target).label} carries the tax number's marker of this store "
        "(decision ‘Tax numbers’): choose another field, or another way for the number."
    )
