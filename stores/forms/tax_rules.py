"""The form of a tax rule: where the number is, for which parcels, under which scheme."""

from __future__ import annotations

from typing import Any

from django import forms

from stores.countries import COUNTRIES
from stores.forms.paths import PathRuleForm, expression
from stores.models import Store, TaxRule, TaxSource
from stores.rule_questions import SchemeWord, ask, scheme_asked
from stores.tax_wording import ENTITIES
from stores.vat_area import country_of

_WORDS = frozenset(COUNTRIES) | {"EU", "XI"}


class TaxRuleForm(PathRuleForm):
    """One rule; grouped by question, each with what goes wrong otherwise."""

    GROUPS = (
        (
            "Which parcels?",
            (
                "Too wide, and a number stands on parcels that it does not cover: customs "
                "keeps them. Too narrow, and the buyer pays the tax a second time."
            ),
            ("countries", "max_value"),
        ),
        (
            "Which scheme, and whose number?",
            (
                "A marketplace that has collected the tax gives its own number. Ours on such "
                "a parcel means that we owe a tax that somebody else has paid."
            ),
            ("scheme", "own"),
        ),
        (
            "Where is the number?",
            (
                "A number that is looked for at the wrong place is as absent as one that "
                "was never sent."
            ),
            ("source", "path", "number"),
        ),
        (
            "And without a number?",
            (
                "A parcel that should have one and has none is held at the border, days "
                "after it has left."
            ),
            ("expected",),
        ),
        (
            "What does the carrier's customs record say?",
            (
                "Counts only where numbers go to ShipStation's newer interface (route v2). "
                "Carriers differ in whom they expect to name."
            ),
            ("issuing_country", "entity"),
        ),
    )

    countries = forms.CharField(
        label="Destinations",
        required=False,
        max_length=300,
        help_text="Codes of countries, with commas: NO, CH. EU is the VAT area of the "
        "European Union, XI Northern Ireland. Empty: any country.",
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    entity = forms.ChoiceField(
        label="Whose number it is there",
        choices=ENTITIES,
        initial="shipper",
        help_text="IOSS stands for the shipper with most carriers.",
    )

    class Meta:
        model = TaxRule
        fields = [
            "countries",
            "max_value",
            "scheme",
            "own",
            "source",
            "path",
            "number",
            "expected",
            "issuing_country",
            "entity",
        ]
        labels = {
            "max_value": "Goods worth up to, in euros",
            "scheme": "Scheme",
            "own": "The number is our own registration, not the marketplace's",
            "source": "Where it is found",
            "path": "Path in the marketplace's order",
            "number": "The number",
            "expected": "Hold an order that has no number",
            "issuing_country": "Country that gave the number",
        }
        help_texts = {
            "max_value": "Without shipping and tax, at the day's rate. IOSS: 150. Empty: "
            "any value.",
            "scheme": "For example IOSS, VOEC or VAT. The marker in ShipStation begins "
            "with it.",
            "path": "JMESPath. Pick it from a real order below, and see what it gives.",
            "number": "The same for every parcel of this rule. A typing error stands on "
            "all of them.",
            "expected": "Without it the parcel goes, and nobody is asked.",
            "issuing_country": "Two letters. Empty: as the number itself says.",
        }
        widgets = {"source": forms.RadioSelect}

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        super().__init__(*args, store=store, **kwargs)
        kept = self.instance.countries
        self.initial.setdefault("countries", ", ".join(kept))
        if isinstance(self.initial["countries"], list):
            self.initial["countries"] = ", ".join(kept)
        self.fields["scheme"].widget.attrs["list"] = "schemes"
        self.fields["max_value"].widget.attrs["min"] = "0"
        label = store.remote_account.get_marketplace_display()
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            (TaxSource.CONNECTOR, f"Where the {label} connector reads it"),
            (TaxSource.PATH, f"At a path of {label}'s order"),
            (TaxSource.CONSTANT, "A number that is always the same"),
        ]

    def clean_countries(self) -> list[str]:
        """Codes that stand for a place, each once, in the order they were typed."""
        typed = self.cleaned_data["countries"].replace(";", ",").split(",")
        words = [country_of(word) for word in typed if word.strip()]
        wrong = [word for word in words if word not in _WORDS]
        if wrong:
            raise forms.ValidationError(
                f"‘{wrong[0]}’ is no country. Two letters as in ISO 3166, EU or XI, with "
                "commas between them: NO, CH."
            )
        return list(dict.fromkeys(words))

    def clean_scheme(self) -> str:
        """The scheme in capitals."""
        return str(self.cleaned_data["scheme"]).strip().upper()

    def clean_issuing_country(self) -> str:
        """A country, or nothing."""
        code = country_of(self.cleaned_data["issuing_country"])
        if code and code not in COUNTRIES:
            raise forms.ValidationError(
                f"‘{code}’ is no country: two letters, for example IE."
            )
        return code

    def clean_path(self) -> str:
        """An expression that can be read."""
        return expression(self.cleaned_data["path"])

    def clean(self) -> dict[str, Any]:
        """Path and number where they are asked for, and nowhere else."""
        cleaned = super().clean() or self.cleaned_data
        source = cleaned.get("source")
        if source != TaxSource.PATH and "path" not in self.errors:
            cleaned["path"] = ""
        elif source == TaxSource.PATH and not cleaned.get("path"):
            self._missing(
                "path", "Where in the order is it? Pick a place, or type a path."
            )
        if source != TaxSource.CONSTANT:
            cleaned["number"] = ""
        elif not str(cleaned.get("number") or "").strip():
            self._missing("number", "Which number? Type it as it is to be sent.")
        else:
            self._check_number(cleaned)
        return cleaned

    def _missing(self, field: str, message: str) -> None:
        if field not in self.errors:
            self.add_error(field, message)

    def _check_number(self, cleaned: dict[str, Any]) -> None:
        number = "".join(str(cleaned["number"]).split()).upper()
        cleaned["number"] = number
        scheme = str(cleaned.get("scheme") or "")
        word = ask(scheme_asked, name=scheme, number=number) if scheme else None
        if isinstance(word, SchemeWord) and word.known and not word.fits:
            self.add_error(
                "number", f"‘{number}’ is no number of {scheme}: that is {word.shape}."
            )

    def unknown_scheme(self) -> str:
        """The scheme, where nobody here knows its numbers; '' otherwise."""
        scheme = str(self.cleaned_data.get("scheme") or "")
        word = ask(scheme_asked, name=scheme, number="")
        return "" if isinstance(word, SchemeWord) and word.known else scheme


def known_schemes() -> tuple[str, ...]:
    """The codes that are offered while a scheme is typed."""
    word = ask(scheme_asked, name="", number="")
    return word.every if isinstance(word, SchemeWord) else ()
