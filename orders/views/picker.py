"""The picker: a real order as a tree, and what a path gives in the last ones.

A page of its own without JavaScript; with htmx a part of the form it serves.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from orders import paths, picking
from orders.masking import DOTS
from orders.models import Order
from shipsync_site.lib.permissions import require
from stores.models import Store

# Which forms are served: what they are called, and their fields that take a path.
FORMS = {"tax_rule": ("path",), "attribute_rule": ("path", "when")}
_NEWEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the tree: a branch with its rows, or a leaf with where a click leads."""

    label: str
    value: str = ""
    path: str = ""
    url: str = ""
    try_url: str = ""
    masked: bool = False
    empty: bool = False
    current: bool = False
    rows: tuple[Row, ...] = ()
    is_list: bool = False
    left_out: int = 0
    opened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks for; anything unknown falls back to the plainest."""

    store: Store
    form: str
    rule: str
    field: str
    path: str
    number: str
    draft: str
    find: str

    @classmethod
    def of(cls, request: HttpRequest, store: Store) -> Asked:
        """Read the query."""
        form = request.GET.get("for", "")
        form = form if form in FORMS else "tax_rule"
        field = request.GET.get("field", "")
        field = field if field in FORMS[form] else "path"
        rule = request.GET.get("rule", "")
        return cls(
            store=store,
            form=form,
            rule=rule if rule.isdecimal() else "",
            field=field,
            # In place, the form's own field brings the path under its own name.
            path=request.GET.get(field, request.GET.get("path", ""))[:400],
            number=request.GET.get("order", "").strip()[:60],
            draft=request.GET.get("draft", ""),
            find=request.GET.get("find", "").strip()[:60],
        )

    def query(self, **other: str) -> str:
        """The query of this page with something else in it."""
        values = {
            "for": self.form,
            "rule": self.rule,
            "field": self.field,
            "order": self.number,
            "path": self.path,
            "draft": self.draft,
            "find": self.find,
        } | other
        return urlencode({name: text for name, text in values.items() if text})

    @property
    def back(self) -> str:
        """The form with what was typed there, and the path in its field."""
        typed = dict(parse_qsl(self.draft, keep_blank_values=True))
        typed[self.field] = self.path
        if self.field == "path" and self.form == "tax_rule":
            typed["source"] = "path"
        return f"{self.form_url}?{urlencode(typed)}"

    @property
    def back_without(self) -> str:
        """The form with what was typed there, and nothing else."""
        return f"{self.form_url}?{self.draft}"

    @property
    def form_url(self) -> str:
        """The form that is served."""
        if self.rule:
            name, args = f"stores:{self.form}_edit", [self.store.slug, self.rule]
        else:
            name, args = f"stores:{self.form}_create", [self.store.slug]
        return reverse(name, args=args)


@require_safe
def picker(request: HttpRequest, slug: str) -> HttpResponse:
    """One order as a tree; ``?order=`` another one, ``?path=`` what is tried."""
    asked = _asked(request, slug)
    orders = picking.last_orders(asked.store)
    last = picking.bodies(orders)
    shown, missing = _shown(asked, last)
    tree = paths.tree(shown.body) if shown is not None else paths.Branch(label="")
    context = {
        "asked": asked,
        "store": asked.store,
        "newest": [
            (row.order, f"?{asked.query(order=row.order.number)}")
            for row in last[:_NEWEST]
        ],
        "shown": shown,
        "missing": missing,
        "rows": _rows(tree, asked),
        "others": _others(tree, asked),
        "tried": picking.tried(asked.path, shown, last),
        "in_place": bool(request.htmx),  # type: ignore[attr-defined]
        "orders": len(orders),
    }
    template = "orders/_picker.html" if context["in_place"] else "orders/picker.html"
    return render(request, template, context)


@require_safe
def try_path(request: HttpRequest, slug: str) -> HttpResponse:
    """What a path gives, as a fragment; ``?picked=1`` also puts it into its field."""
    asked = _asked(request, slug)
    last = picking.bodies(picking.last_orders(asked.store))
    shown, _missing = _shown(asked, last)
    picked = request.GET.get("picked", "")
    return render(
        request,
        "orders/_tried.html",
        {
            "asked": asked,
            "store": asked.store,
            "tried": picking.tried(picked or asked.path, shown, last),
            "shown": shown,
            "picked": picked,
            "in_place": True,
        },
    )


def _asked(request: HttpRequest, slug: str) -> Asked:
    require(request, "stores.decide_rules")
    require(request, "orders.view_order")
    stores = Store.objects.select_related("remote_account")
    return Asked.of(request, get_object_or_404(stores, slug=slug))


def _shown(
    asked: Asked, last: list[picking.Body]
) -> tuple[picking.Body | None, Order | None]:
    """The order to show, or the one that was asked for and is not kept any more."""
    if not asked.number:
        return _most_telling(asked, last), None
    order = picking.find_order(asked.store, asked.number)
    found = picking.bodies([order]) if order is not None else []
    return (found[0] if found else None), order


def _most_telling(asked: Asked, last: list[picking.Body]) -> picking.Body | None:
    """The newest order; for a tax rule the newest that leaves the country, if any."""
    home = asked.store.ship_from_country
    abroad = (row for row in last if row.order.country not in ("", home))
    newest = next(iter(last), None)
    return next(abroad, newest) if asked.form == "tax_rule" else newest


def _rows(branch: paths.Branch, asked: Asked, depth: int = 0) -> tuple[Row, ...]:
    """The lines below a branch; with something to find, only those that have it."""
    rows = []
    for child in branch.children:
        if isinstance(child, paths.Leaf):
            row = _leaf(child, asked)
            if _has(row, asked.find):
                rows.append(row)
            continue
        named = bool(asked.find) and asked.find.lower() in child.label.lower()
        within = dataclasses.replace(asked, find="") if named else asked
        inner = _rows(child, within, depth + 1)
        if inner or not asked.find:
            rows.append(_branch(child, inner, asked, depth))
    return tuple(rows)


def _branch(
    branch: paths.Branch, inner: tuple[Row, ...], asked: Asked, depth: int
) -> Row:
    leads = any(row.current or (row.rows and row.opened) for row in inner)
    return Row(
        label=branch.label,
        rows=inner,
        is_list=branch.is_list,
        left_out=0 if asked.find else branch.left_out,
        opened=depth == 0 or bool(asked.find) or leads,
    )


def _has(row: Row, find: str) -> bool:
    return find.lower() in row.label.lower() or find.lower() in row.value.lower()


def _leaf(leaf: paths.Leaf, asked: Asked) -> Row:
    path = _offered(leaf, asked)
    text = "" if leaf.value is None else str(leaf.value)
    if isinstance(leaf.value, bool):
        text = "true" if leaf.value else "false"
    return Row(
        label=paths.label_of(leaf),
        value=text[:120],
        path=path,
        url=f"?{asked.query(path=path)}",
        try_url=f"{_try_url(asked)}?{asked.query(picked=path)}",
        masked=DOTS in text,
        empty=not text.strip(),
        current=bool(asked.path) and asked.path in (path, *leaf.others),
    )


def _offered(leaf: paths.Leaf, asked: Asked) -> str:
    """A leaf's path; for a condition, that it has this very value."""
    masked = isinstance(leaf.value, str) and DOTS in leaf.value
    if asked.field != "when" or masked or leaf.value in (None, ""):
        return leaf.path
    return paths.condition(leaf)


def _others(tree: paths.Branch, asked: Asked) -> list[tuple[str, str]]:
    """(path, address) of the other ways to the leaf that the path leads to."""
    if not asked.path or asked.field == "when":
        return []
    for leaf in paths.leaves(tree):
        every = (leaf.path, *leaf.others)
        if asked.path in every:
            return [
                (path, f"?{asked.query(path=path)}")
                for path in every
                if path != asked.path
            ]
    return []


def _try_url(asked: Asked) -> str:
    return reverse("orders:try_path", args=[asked.store.slug])
