"""From a ShipStation carrier to the code that this operator gave it.

Each operator writes carrier codes as it likes; only ``standard_code`` is common to
them, and not every operator fills it in. A mapping therefore holds either a name from
the table here or an operator's very code, and it is looked up in the operator's own list
(SH21) when a parcel is told: by code, by standard code, by label; letters and digits
count, case and separators do not. What the operator does not list is never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from stores.connectors.mirakl.errors import refusal
from stores.remote_types import CarrierDefault, Choice

# Left: ShipStation's carrier codes. Right: how operators' lists are searched.
_DEFAULTS = {
    "royal_mail": ("ROYAL-MAIL", "Royal Mail"),
    "rm_cnd_walleted": ("ROYAL-MAIL", "Royal Mail"),
    "pf_cnd_walleted": ("PARCELFORCE", "Parcelforce"),
    "hermes": ("EVRI", "Evri"),
    "evri": ("EVRI", "Evri"),
    "dpd": ("DPD-UK", "DPD"),
    "dhl_express": ("DHL-EXPRESS", "DHL Express"),
    "dhl_express_uk": ("DHL-EXPRESS", "DHL Express"),
    "fedex": ("FEDEX", "FedEx"),
    "ups": ("UPS", "UPS"),
    "ups_walleted": ("UPS", "UPS"),
    "stamps_com": ("USPS", "USPS"),
    "usps": ("USPS", "USPS"),
    "endicia": ("USPS", "USPS"),
}
DEFAULT_CARRIERS: tuple[CarrierDefault, ...] = tuple(
    CarrierDefault(
        shipstation_carrier=ours,
        shipstation_service="",
        carrier_code=code,
        carrier_name=name,
    )
    for ours, (code, name) in _DEFAULTS.items()
)
_MOST_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """What a parcel is told with: a listed code, or a name and a tracking link."""

    code: str = ""
    name: str = ""
    link: str = ""

    def told(self, number: str, *, link_name: str) -> dict[str, str]:
        """The tracking of OR23 (``carrier_url``) or ST01 (``tracking_url``)."""
        if self.code:
            return {"carrier_code": self.code, "tracking_number": number}
        found = {"carrier_name": self.name, "tracking_number": number}
        if self.link:
            found[link_name] = self.link.replace("{number}", number)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlisted:
    """What may be told of a carrier that the operator does not list.

    ``allowed`` by the account's settings and the operator; ``links`` are tracking links
    by carrier name, with '{number}' in them.
    """

    allowed: bool = False
    links: tuple[tuple[str, str], ...] = ()

    def link_of(self, *names: str) -> str:
        """The link of the first of these names that has one."""
        known = {plain(name): link for name, link in self.links}
        return next((known[plain(x)] for x in names if plain(x) in known), "")


def plain(name: str) -> str:
    """A name's letters and digits, in one case."""
    return "".join(filter(str.isalnum, name)).casefold()


def resolve(
    code: str, name: str, listed: tuple[Choice, ...] | None, unlisted: Unlisted
) -> Carrier:
    """This operator's carrier for a mapped one.

    ``listed`` None: the list can't be read now, and the operator will judge the code
    itself. Raises RejectedError naming what a person can do.
    """
    if not code:
        raise refusal(
            "No carrier code is given",
            field="carrier_code",
            remedy="Map the carrier for Mirakl",
        )
    if listed is None:
        return Carrier(code=code)
    if any(row.code == code for row in listed):
        return Carrier(code=code)
    for wanted, said in (
        (code, "code"),
        (code, "standard"),
        (code, "label"),
        (name, "label"),
        (name, "standard"),
    ):
        found = [
            row
            for row in listed
            if plain(wanted) and plain(getattr(row, said)) == plain(wanted)
        ]
        if len(found) > 1:
            shown = ", ".join(f"{row.code} ({row.label})" for row in found)
            raise refusal(
                f"The operator lists several carriers for {code}: {shown}",
                field="carrier_code",
                code="carrier_ambiguous",
                remedy="Map the carrier to one of these codes for this store",
            )
        if found:
            return Carrier(code=found[0].code)
    if unlisted.allowed:
        return Carrier(name=name or code, link=unlisted.link_of(name, code))
    shown = ", ".join(row.code for row in listed[:_MOST_SHOWN]) or "none"
    more = ", …" if len(listed) > _MOST_SHOWN else ""
    raise refusal(
        f"The operator does not list the carrier {code}; it lists {shown}{more}",
        field="carrier_code",
        code="carrier_not_listed",
        remedy="Map the carrier to one of these for this store, or let the account tell "
        "unlisted carriers by name",
    )
