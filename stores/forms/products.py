"""Forms of products, kits, SKU aliases and their imports."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from stores.aliases import targets
from stores.forms.cells import CellField
from stores.imports.aliases import Aliases
from stores.imports.base import Importer
from stores.imports.kits import MAX_COMPONENTS, Kits, sum_problem, unfit_components
from stores.imports.products import Products
from stores.imports.sheet import MAX_BYTES, MAX_ROWS
from stores.models import ImportKind, Kit, KitComponent, Product, SkuAlias
from stores.products import share_text
from stores.suggestions import closest

if TYPE_CHECKING:
    _FormSet = forms.BaseFormSet["ComponentForm"]
else:
    _FormSet = forms.BaseFormSet

_BLANK_ROWS = 3


_PRODUCT, _KIT, _ALIAS = Products(), Kits(), Aliases()


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """One product. Its SKU stays as it is, for kits and aliases name it."""

    GROUPS = (
        ("What is it?", "", ("sku", "title", "weight_grams")),
        (
            "What does customs ask for?",
            (
                "Where a parcel crosses a customs border each product needs them, or the "
                "order waits, or is stopped there."
            ),
            (
                "customs_description",
                "hs_code",
                "origin_country",
                "customs_value",
                "currency",
            ),
        ),
        (
            "How is it known elsewhere?",
            (
                "Where a marketplace's product carries the same number, another SKU for "
                "it counts for all orders without a second person."
            ),
            ("gtin", "asin"),
        ),
    )

    class Meta:
        model = Product
        fields = [column.name for column in _PRODUCT.columns]

    def __init__(self, *args: Any, may_change: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _read_as(self, _PRODUCT)
        _once(self, "There is a product with this SKU already: change that one.")
        _lock(self, may_change)

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """(question, what goes wrong otherwise, fields) for the page."""
        return [
            (q, text, [self[name] for name in names]) for q, text, names in self.GROUPS
        ]

    def clean(self) -> dict[str, Any]:
        """An amount needs its currency."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("customs_value") is not None and not cleaned.get("currency"):
            if "currency" not in self.errors:
                self.add_error("currency", "Of which currency is the customs value?")
        return cleaned


class KitForm(forms.ModelForm):  # type: ignore[type-arg]
    """A kit by itself; its components are a :class:`ComponentForms`."""

    class Meta:
        model = Kit
        fields = ["sku", "title"]

    def __init__(self, *args: Any, may_change: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _read_as(self, _KIT)
        self.fields["sku"].help_text = "The SKU that is sold."
        self.fields["title"].help_text = ""
        _once(self, "There is a kit with this SKU already: change that one.")
        _lock(self, may_change)


class ComponentForm(forms.Form):
    """One component; a row without a SKU is left out."""

    component, quantity, share = (
        CellField(column, loose=True) for column in _KIT.columns[2:]
    )

    def clean(self) -> dict[str, Any]:
        """What stands in a row belongs to a component, of which there are some."""
        cleaned = super().clean() or self.cleaned_data
        named = cleaned.get("component") or "component" in self.errors
        if named and cleaned.get("quantity") == "":
            self.add_error("quantity", "How many are in one kit?")
        elif not named and any(cleaned.values()):
            self.add_error("component", "Of which component?")
        return cleaned


class ComponentForms(_FormSet):
    """The components of one kit."""

    def __init__(self, *args: Any, may_change: bool = True, **kwargs: Any) -> None:
        self.kit_sku = ""
        self.may_change = may_change
        super().__init__(*args, **kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Names for screen readers: each row says which one it is."""
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}, row {(index or 0) + 1}"
            field.disabled = not self.may_change

    def clean(self) -> None:
        """Products that there are, each once, with shares that add up."""
        rows = [form for form in self.forms if form.cleaned_data.get("component")]
        names = [form.cleaned_data["component"] for form in rows]
        if not any(self.errors) and not rows:
            raise forms.ValidationError("A kit needs at least one component.")
        unfit = unfit_components(self.kit_sku, names)
        for form, name in zip(rows, names, strict=True):
            if names.index(name) != rows.index(form):
                form.add_error("component", "It is in this kit already: one row each.")
            elif name in unfit:
                form.add_error("component", unfit[name])
        if not any(self.errors):
            if problem := sum_problem([x.cleaned_data["share"] or None for x in rows]):
                raise forms.ValidationError(problem)

    def components(self) -> list[KitComponent]:
        """What is to be saved, in order."""
        return [
            KitComponent(
                sku=row["component"],
                quantity=row["quantity"],
                share=Decimal(row["share"]) if row["share"] else None,
            )
            for form in self.forms
            if (row := form.cleaned_data).get("component")
        ]


def component_forms(
    kit: Kit, data: Mapping[str, Any] | None, *, may_change: bool
) -> ComponentForms:
    """The rows of a kit's form, with some empty ones to fill in."""
    parts = kit.components.all() if kit.pk else ()
    initial = [
        {"component": x.sku, "quantity": x.quantity, "share": share_text(x.share) or ""}
        for x in parts
    ]
    made: Any = forms.formset_factory(
        ComponentForm,
        formset=ComponentForms,
        extra=_BLANK_ROWS if may_change else 0,
        max_num=MAX_COMPONENTS,
        absolute_max=MAX_COMPONENTS,
    )
    rows: ComponentForms = made(
        data, initial=initial, prefix="parts", may_change=may_change
    )
    return rows


class AliasForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a marketplace calls a product or kit."""

    class Meta:
        model = SkuAlias
        fields = ["alias", "sku", "store"]
        labels = {"store": "Store"}
        help_texts = {"store": "Empty: every store. A store's own comes first."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].empty_label = "Every store"  # type: ignore[attr-defined]
        _read_as(self, _ALIAS)

    def _get_validation_exclusions(self) -> set[str]:
        """That there is one already says ``aliases.save``, with where to go on."""
        return {*super()._get_validation_exclusions(), "alias"}  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        """It stands for something that there is, and not for itself."""
        cleaned = super().clean() or self.cleaned_data
        alias, sku = cleaned.get("alias"), cleaned.get("sku")
        if sku and sku == alias:
            self.add_error("sku", "It stands for itself then: no alias is needed.")
        elif sku and sku not in targets([sku]):
            near = closest(sku, 1)
            hint = f" Is {near[0]} meant?" if near else ""
            self.add_error("sku", f"There is no product and no kit called {sku}.{hint}")
        return cleaned


class UploadForm(forms.Form):
    """A CSV file and what it brings."""

    kind = forms.ChoiceField(
        label="What is in it?", choices=ImportKind.choices, widget=forms.HiddenInput
    )
    file = forms.FileField(
        label="CSV file",
        allow_empty_file=True,
        help_text=f"Up to {MAX_BYTES // 1024 // 1024} MB and {MAX_ROWS:,} rows. UTF-8 or "
        "Windows-1252; commas, semicolons or tabs. Nothing changes before you have seen "
        "what would.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """Not a byte is read of what is too large."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                f"{file.name} has {(file.size or 0) / 1024 / 1024:.0f} MB, up to "
                f"{MAX_BYTES // 1024 // 1024} are read: split it into several."
            )
        return file


class SplitForm(forms.Form):
    """What a kit is sold at, to see how that is split."""

    price = forms.DecimalField(
        label="Price of one kit",
        min_value=Decimal(0),
        max_digits=10,
        decimal_places=2,
        localize=False,
    )


def _read_as(form: forms.ModelForm[Any], importer: Importer) -> None:
    """Fields that have a column are read as it is."""
    for column in importer.columns:
        if column.name in form.fields and column.name != "store":
            form.fields[column.name] = CellField(column)


def _once(form: forms.ModelForm[Any], text: str) -> None:
    form.fields["sku"].error_messages["unique"] = text
    if form.instance.pk:
        form.fields["sku"].disabled = True
        form.fields["sku"].help_text = "It stays: kits, aliases and orders name it."


def _lock(form: forms.ModelForm[Any], may_change: bool) -> None:
    for field in form.fields.values():
        field.disabled = field.disabled or not may_change
