"""Imports are applied as they were looked at, whole records only, and taken back."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import Order
from shipsync_site.lib.cells import csv_lines
from stores import aliases, products
from stores.imports import plan, run
from stores.imports.run import NotNowError
from stores.imports.sheet import UnreadableFileError
from stores.models import ImportBatch, Kit, KitComponent, Product, SkuAlias
from tests.orders.factories import make_order, make_store

pytestmark = pytest.mark.django_db
quick = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def user(users: dict[str, User]) -> User:
    return users["ops"]


def look(user: User, kind: str, *lines: str) -> ImportBatch:
    batch = plan.look(kind, f"{kind}.csv", "\n".join(lines).encode(), user)
    return ImportBatch.objects.get(pk=batch.pk)


def applied(user: User, kind: str, *lines: str) -> ImportBatch:
    batch = look(user, kind, *lines)
    assert run.apply_some(batch.pk, user, 60).ended
    batch.refresh_from_db()
    return batch


def undo(user: User, batch: ImportBatch) -> ImportBatch:
    assert run.undo_some(batch.pk, user, 60).ended
    batch.refresh_from_db()
    return batch


def exported(kind: str) -> bytes:
    importer = plan.IMPORTERS[kind]
    header = [column.label for column in importer.columns]
    return "".join(csv_lines(header, importer.rows())).encode()


def state() -> dict[str, Any]:
    """Everything that imports may touch, without keys and times."""
    return {
        kind: importer.current(_keys(kind)) for kind, importer in plan.IMPORTERS.items()
    }


def _keys(kind: str) -> list[str]:
    if kind == "aliases":
        rows = SkuAlias.objects.select_related("store")
        return [f"{x.store.slug if x.store else ''}|{x.alias}" for x in rows]
    model = Product if kind == "products" else Kit
    return list(model.objects.values_list("sku", flat=True))


def test_nothing_changes_before_it_is_applied(user: User) -> None:
    Product.objects.create(sku="A", title="Old")
    before = state()

    batch = look(user, "products", "SKU,Title", "A,New", "B,Second", ",x")

    assert state() == before
    assert (batch.added, batch.changed, batch.unchanged) == (1, 1, 0)
    assert plan.bad_lines(batch) == (1, 0)
    changed = next(plan.comparisons(batch, plan.CHANGED))
    assert changed.changes == (("Title", "Old", "New"),)


def test_a_column_that_is_not_there_stays_and_an_empty_cell_empties(user: User) -> None:
    Product.objects.create(sku="A", title="Old", hs_code="691200", origin_country="DE")

    applied(user, "products", "SKU,HS code,Origin", "A,,GB")

    product = Product.objects.get()
    assert (product.title, product.hs_code, product.origin_country) == ("Old", "", "GB")


def test_errors_name_line_column_value_and_what_to_write(user: User) -> None:
    batch = look(user, "products", "SKU,Country of origin", "A,DE", "B,Germany")

    (error,) = batch.errors
    assert (error["line"], error["column"], error["value"]) == (
        3,
        "Country of origin",
        "Germany",
    )
    assert error["message"] == "Write the country's two letters: DE."


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["K,POT,1", "K,POT,2"], "in this kit already, in line 2"),
        (["K,POT,1", "K,NOPE,1"], "no product with this SKU"),
        (["K,POT,1", "L,K,1"], "It is a kit itself"),
        (["K,K,1"], "It is a kit itself"),
        (["K,POT,x"], "a whole number, 1 to 999"),
        (["K,POT,1", ",CUP,1"], "A SKU has to stand here"),
    ],
)
def test_a_bad_row_never_half_applies_a_kit(
    user: User, rows: list[str], said: str
) -> None:
    for sku in ("POT", "CUP"):
        Product.objects.create(sku=sku)

    batch = applied(user, "kits", "Kit,Component,Quantity", *rows, "GOOD,CUP,2")

    assert any(said in error["message"] for error in batch.errors)
    assert Kit.objects.filter(sku="GOOD").exists()
    bad = {error["value"] for error in batch.errors if error["column"] == "Kit"}
    for kit in Kit.objects.exclude(sku="GOOD"):
        wanted = sum(row.startswith(f"{kit.sku},") for row in rows)
        assert kit.components.count() == wanted
        assert kit.sku not in bad


def test_the_other_rows_of_a_bad_kit_are_left_out_and_handed_back(user: User) -> None:
    Product.objects.create(sku="POT")
    batch = look(
        user, "kits", "Kit,Component,Quantity", "K,POT,1", "K,LID,1", "L,POT,0"
    )

    assert plan.bad_lines(batch) == (2, 1)
    rows = list(
        csv.reader(
            io.StringIO("".join(csv_lines(*plan.bad_rows(batch))).lstrip("\ufeff"))
        )
    )
    assert rows[0] == ["Kit", "Component", "Quantity", "Reason"]
    assert [row[:3] for row in rows[1:]] == [
        ["K", "POT", "1"],
        ["K", "LID", "1"],
        ["L", "POT", "0"],
    ]
    assert all(row[3] for row in rows[1:])
    # The same file, mended, is read again: 'Reason' is a column that is left out.
    Product.objects.create(sku="LID")
    mended = "".join(csv_lines(*plan.bad_rows(batch))).replace("L,POT,0", "L,POT,3")
    again = plan.look("kits", "mended.csv", mended.encode(), user)
    assert again.added == 2


def test_it_is_applied_once(user: User) -> None:
    batch = applied(user, "products", "SKU,Title", "A,One")

    with pytest.raises(NotNowError, match="applied"):
        run.apply_some(batch.pk, user)
    assert look(user, "products", "SKU,Title", "A,One").unchanged == 1


def test_undo_puts_back_what_stood_there(user: User) -> None:
    for sku in ("POT", "CUP"):
        Product.objects.create(sku=sku, title="Old")
    kit = Kit.objects.create(sku="K", title="Set")
    KitComponent.objects.create(kit=kit, sku="POT", quantity=2)
    before = state()

    first = applied(user, "products", "SKU,Title,HS code", "POT,New,691200", "NEW,x,")
    second = applied(user, "kits", "Kit,Component,Quantity", "K,CUP,1", "L,NEW,1")
    assert state() != before
    undo(user, second)
    undo(user, first)

    assert state() == before
    assert (first.state, second.state) == ("undone", "undone")


def test_undo_leaves_what_somebody_changed_since_and_names_them(
    user: User, users: dict[str, User]
) -> None:
    Product.objects.create(sku="A", title="Old")
    batch = applied(user, "products", "SKU,Title", "A,New", "B,New", "C,New")
    product = Product.objects.get(sku="A")
    product.title = "Lead's"
    products.save_product(product, products.stamp(product), users["lead"])
    products.delete(Product.objects.get(sku="B"), users["lead"])

    undo(user, batch)

    assert Product.objects.get().title == "Lead's"
    said = {row["name"]: row["message"] for row in batch.skipped}
    assert "lead has changed it" in said["A"]
    # B is gone already: that is what taking back would do.
    assert set(said) == {"A"}


def test_undo_keeps_products_that_are_needed_by_now(
    user: User,
) -> None:
    batch = applied(user, "products", "SKU", "A", "B")
    applied(user, "kits", "Kit,Component,Quantity", "K,A,1")

    undo(user, batch)

    assert [x.sku for x in Product.objects.all()] == ["A"]
    assert "needed by kit K" in batch.skipped[0]["message"]


def test_what_changed_since_it_was_looked_at_is_not_overwritten(
    user: User, users: dict[str, User]
) -> None:
    Product.objects.create(sku="A", title="Old")
    batch = look(user, "products", "SKU,Title", "A,New", "B,New")
    product = Product.objects.get(sku="A")
    product.title = "Lead's"
    products.save_product(product, products.stamp(product), users["lead"])

    run.apply_some(batch.pk, user, 60)

    batch.refresh_from_db()
    assert Product.objects.get(sku="A").title == "Lead's"
    assert Product.objects.filter(sku="B").exists()
    assert "lead has changed it" in batch.skipped[0]["message"]
    undo(user, batch)
    assert [(x.sku, x.title) for x in Product.objects.all()] == [("A", "Lead's")]


def test_a_component_that_went_since_is_not_imported(user: User) -> None:
    Product.objects.create(sku="POT")
    batch = look(user, "kits", "Kit,Component,Quantity", "K,POT,1")
    Product.objects.all().delete()

    run.apply_some(batch.pk, user, 60)

    batch.refresh_from_db()
    assert not Kit.objects.exists()
    assert "no product with this SKU" in batch.skipped[0]["message"]


def test_interrupted_it_goes_on_where_it_stopped(user: User) -> None:
    lines = [f"P{number:04}" for number in range(350)]
    batch = look(user, "products", "SKU", *lines)

    first = run.apply_some(batch.pk, user, 0)
    assert (first.done, first.total, first.ended) == (100, 350, False)
    assert Product.objects.count() == 100
    batch.refresh_from_db()
    assert batch.state == "applying"
    while not run.apply_some(batch.pk, user, 0).ended:
        pass
    assert Product.objects.count() == 350

    back = run.undo_some(batch.pk, user, 0)
    assert (back.done, back.ended) == (100, False)
    assert undo(user, batch).state == "undone"
    assert not Product.objects.exists()


def test_half_applied_it_is_taken_back(user: User) -> None:
    batch = look(user, "products", "SKU", *(f"P{number}" for number in range(250)))
    run.apply_some(batch.pk, user, 0)

    undo(user, batch)

    assert not Product.objects.exists()


def test_no_transaction_holds_more_than_100_rows(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Product.objects.bulk_create(Product(sku=f"P{number}") for number in range(40))
    rows = [f"K{kit},P{part},1" for kit in range(30) for part in range(kit % 40 + 1)]
    batch = look(user, "kits", "Kit,Component,Quantity", *rows)
    sizes: list[int] = []
    importer = plan.IMPORTERS["kits"]
    write = importer.write

    def counted(changes: Any, by: User) -> None:
        sizes.append(sum(importer.weight(x.after) for x in changes))
        write(changes, by)

    monkeypatch.setattr(importer, "write", counted)
    run.apply_some(batch.pk, user, 60)

    assert sum(sizes) == len(rows) + 30
    assert max(sizes) <= run.ROWS


def test_open_orders_with_it_are_made_anew(user: User) -> None:
    store = make_store()
    touched = make_order(store=store, lines=[{"sku": "A"}])
    make_order(store=store, lines=[{"sku": "Z"}])

    applied(user, "products", "SKU,Title", "A,New", "B,New")

    assert list(Order.objects.filter(payload_stale=True)) == [touched]


def test_each_record_says_which_file_changed_it(user: User) -> None:
    applied(user, "products", "SKU,Title", "A,New")

    entry = LogEntry.objects.get(object_repr="A")
    assert entry.user == user
    assert entry.change_message == "Imported with products.csv: Title: – → New"


def test_imported_aliases_wait_unless_both_carry_the_same_number(user: User) -> None:
    store = make_store(slug="amazon-uk")
    Product.objects.create(sku="TEE", gtin="4006381333931")
    Product.objects.create(sku="OLD", gtin="4006381333931")
    waiting = make_order(store=store, lines=[{"sku": "X"}])

    batch = applied(
        user,
        "aliases",
        "Store,Marketplace SKU,SKU",
        "amazon-uk,X,TEE",
        ",OLD,TEE",
        ",TEE,TEE",
        "nowhere,Y,TEE",
        ",Y,NOPE",
    )

    found = {x.alias: x.basis for x in SkuAlias.objects.all()}
    assert found == {"X": "", "OLD": "identifier"}
    assert plan.bad_lines(batch) == (3, 0)
    waiting.refresh_from_db()
    assert not waiting.payload_stale


def test_undo_keeps_an_alias_that_was_agreed_to(
    user: User, users: dict[str, User]
) -> None:
    Product.objects.create(sku="TEE")
    batch = applied(user, "aliases", "Marketplace SKU,SKU", "X,TEE", "Y,TEE")
    aliases.approve(SkuAlias.objects.get(alias="X"), "TEE", users["lead"])

    undo(user, batch)

    assert [x.alias for x in SkuAlias.objects.all()] == ["X"]
    assert "lead has changed it" in batch.skipped[0]["message"]


def test_undo_gives_an_agreement_back(user: User, users: dict[str, User]) -> None:
    for sku in ("TEE", "TEA"):
        Product.objects.create(sku=sku)
    alias = SkuAlias(alias="X", sku="TEE")
    aliases.save(alias, user)
    aliases.approve(alias, "TEE", users["lead"])
    before = state()["aliases"]

    batch = applied(user, "aliases", "Marketplace SKU,SKU", "X,TEA")
    assert SkuAlias.objects.get().approved_at is None
    undo(user, batch)

    assert state()["aliases"] == before


def test_the_store_of_an_alias_that_went_is_named(user: User) -> None:
    store = make_store(slug="amazon-uk")
    Product.objects.create(sku="TEE")
    batch = look(user, "aliases", "Store,Marketplace SKU,SKU", "amazon-uk,X,TEE")
    store.slug = "amazon-gb"
    store.save()

    run.apply_some(batch.pk, user, 60)

    batch.refresh_from_db()
    assert "no store called amazon-uk any more" in batch.skipped[0]["message"]


def test_only_the_last_imports_can_be_taken_back(user: User) -> None:
    first = applied(user, "products", "SKU", "FIRST")
    for number in range(plan.KEPT):
        applied(user, "products", "SKU", f"P{number}")
    look(user, "products", "SKU", "LAST")

    first.refresh_from_db()
    assert not run.undoable(first)
    with pytest.raises(NotNowError, match="too old"):
        run.undo_some(first.pk, user)


LETTERS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cf", "Co", "Cn", "Zs"]),
    min_size=1,
    max_size=12,
)


@quick
@given(
    made=st.dictionaries(
        LETTERS, st.tuples(LETTERS, st.decimals(0, 9999, places=2)), max_size=6
    )
)
def test_what_is_exported_comes_back_unchanged(
    user: User, made: dict[str, tuple[str, Any]]
) -> None:
    SkuAlias.objects.all().delete()
    Kit.objects.all().delete()
    Product.objects.all().delete()
    for sku, (title, value) in made.items():
        Product.objects.create(
            sku=sku, title=title, customs_value=value, currency="EUR", hs_code="691200"
        )
    skus = [sku for sku in made if not _rounded(sku)]
    for number, sku in enumerate(skus[:2]):
        kit = Kit.objects.create(sku=f"KIT {number}", title=made[sku][0])
        KitComponent.objects.create(kit=kit, sku=sku, quantity=number + 1, share=100)
        SkuAlias.objects.create(alias=f"+{sku}", sku=sku)
    before = state()

    for kind, count in (
        ("products", len(made)),
        ("kits", len(skus[:2])),
        ("aliases", len(skus[:2])),
    ):
        batch = plan.look(kind, "again.csv", exported(kind), user)
        bad = sum(_rounded(sku) for sku in made) if kind == "products" else 0
        assert (batch.added, batch.changed) == (0, 0), batch.errors
        assert batch.unchanged == count - bad, batch.errors
    assert state() == before


def _rounded(sku: str) -> bool:
    """A SKU that a spreadsheet would have made of another one."""
    return bool(re.fullmatch(r"(?i)\d([.,]\d+)?E\+?\d+", sku))


GOOD = {
    "products": [
        "SKU;Title;HS code;Customs value;Currency",
        "A;Pot;691200;12,50;EUR",
        "B;Cup;;;",
        'C;"a; b";6912.00;3;GBP',
    ],
    "kits": [
        "Kit,Title,Component,Quantity,Share",
        "K,Set,POT,1,60",
        "K,,CUP,2,40",
        "L,,CUP,4,",
    ],
    "aliases": ["Store,Marketplace SKU,SKU", ",X,POT", ",Y,CUP", ",Z,POT"],
}


def _mutate(text: str, seed: int) -> bytes:
    dice = random.Random(seed)
    data = bytearray(text.encode())
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(data) + 1)
        act: Callable[[], None] = dice.choice(
            [
                lambda at=at: data.insert(at, dice.choice(b",;\t\"'\n\r\x00\xff=0A")),
                lambda at=at: data.__delitem__(slice(at, at + dice.randint(1, 5))),
                lambda at=at: data.__setitem__(
                    slice(at, at), data[: dice.randint(0, 20)]
                ),
            ]
        )
        act()
    return bytes(data)


@pytest.mark.parametrize("kind", list(GOOD))
def test_a_damaged_file_is_never_half_imported(user: User, kind: str) -> None:
    for sku in ("POT", "CUP"):
        Product.objects.create(sku=sku)
    before = state()
    whole = "\n".join(GOOD[kind]) + "\n"
    applied_once = 0
    for seed in range(150):
        try:
            batch = plan.look(kind, "x.csv", _mutate(whole, seed), user)
        except UnreadableFileError:
            continue
        assert run.apply_some(batch.pk, user, 60).ended
        applied_once += 1
        for kit in Kit.objects.all():
            lines = {error["value"] for error in batch.errors}
            assert kit.components.exists()
            assert kit.sku not in lines
        assert run.undo_some(batch.pk, user, 60).ended
        assert state() == before, seed
    assert applied_once > 30


def test_5000_kit_rows_with_7_bad_ones(user: User) -> None:
    Product.objects.bulk_create(Product(sku=f"P{number:04}") for number in range(2000))
    rows = [
        f"K{kit:04},P{(kit * 4 + part) % 2000:04},{part + 1}"
        for kit in range(1250)
        for part in range(4)
    ]
    for bad in range(7):
        rows[bad * 700] = rows[bad * 700].replace(",P", ",Q")

    batch = applied(user, "kits", "Kit,Component,Quantity", *rows)

    assert plan.bad_lines(batch) == (7, 21)
    assert (batch.added, Kit.objects.count()) == (1243, 1243)
    assert KitComponent.objects.count() == 4972
    undo(user, batch)
    assert not Kit.objects.exists()
    assert not KitComponent.objects.exists()
