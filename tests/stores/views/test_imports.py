"""Imports on screen: looked at, applied, stopped, gone on with, taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from stores.imports import run
from stores.models import ImportBatch, Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def ops(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["ops"])
    return client


def upload(client: Client, text: str | bytes, kind: str = "products") -> Any:
    data = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("my products.csv", data)
    return client.post(reverse("stores:imports"), {"kind": kind, "file": file})


def page(answer: Any) -> str:
    text: str = answer.content.decode().replace("&#x27;", "'")
    return text


def test_from_the_file_to_the_products_and_back(ops: Client) -> None:
    Product.objects.create(sku="A", title="Old")

    answer = upload(ops, "SKU,Title\nA,New\nB,Second\n,x\n")
    batch = ImportBatch.objects.get()
    shown = page(ops.get(answer["Location"]))
    assert "Nothing has changed yet" in shown
    assert "Old → <strong>New</strong>" in shown
    assert "1 bad row" in shown
    assert Product.objects.count() == 1

    answer = ops.post(reverse("stores:import_apply", args=[batch.pk]), follow=True)
    assert "my products.csv is applied: 2 done." in page(answer)
    assert Product.objects.get(sku="A").title == "New"

    answer = ops.post(reverse("stores:import_undo", args=[batch.pk]), follow=True)
    assert "my products.csv is taken back: 2 done." in page(answer)
    assert [(x.sku, x.title) for x in Product.objects.all()] == [("A", "Old")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04", "This is a workbook"),
        (b"Title\nx\n", "The first line lacks 'SKU'"),
    ],
)
def test_a_file_that_can_not_be_read_says_why(
    ops: Client, data: bytes, said: str
) -> None:
    answer = upload(ops, data)

    assert answer.status_code == 200
    assert said in page(answer)
    assert not ImportBatch.objects.exists()


def test_no_file_is_asked_for(ops: Client) -> None:
    answer = ops.post(reverse("stores:imports"), {"kind": "kits"})

    assert "This field is required" in page(answer)


def test_what_takes_long_shows_how_far_it_is(
    ops: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = run.apply_some
    monkeypatch.setattr(run, "apply_some", lambda pk, user: slow(pk, user, 0))
    upload(ops, "SKU\n" + "\n".join(f"P{number}" for number in range(250)))
    batch = ImportBatch.objects.get()
    url = reverse("stores:import_apply", args=[batch.pk])

    # Without scripts: the page itself says how far it is and goes on at a press.
    answer = ops.post(url, follow=True)
    assert "100 of 250" in page(answer)
    assert "Go on" in page(answer)

    part = ops.post(url, headers={"HX-Request": "true"})
    assert "200 of 250" in page(part)
    assert "a second, about" in page(part)
    assert "<html" not in page(part)

    last = ops.post(url, headers={"HX-Request": "true"})
    assert last["HX-Redirect"] == reverse("stores:import", args=[batch.pk])
    assert Product.objects.count() == 250


def test_stopped_half_way_it_can_be_taken_back(
    ops: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = run.apply_some
    monkeypatch.setattr(run, "apply_some", lambda pk, user: slow(pk, user, 0))
    upload(ops, "SKU\n" + "\n".join(f"P{number}" for number in range(150)))
    batch = ImportBatch.objects.get()
    ops.post(reverse("stores:import_apply", args=[batch.pk]))

    shown = page(ops.get(reverse("stores:import", args=[batch.pk]) + "?stopped"))
    assert "Take it back" in shown
    assert "hx-post" not in shown
    ops.post(reverse("stores:import_undo", args=[batch.pk]))

    assert not Product.objects.exists()


def test_applied_twice_says_that_it_is(ops: Client) -> None:
    upload(ops, "SKU\nA\n")
    url = reverse("stores:import_apply", args=[ImportBatch.objects.get().pk])
    ops.post(url)

    answer = ops.post(url, follow=True)

    assert "applied. Nothing is done again" in page(answer)


def test_who_only_looks_uploads_nothing(client: Client, users: dict[str, User]) -> None:
    client.force_login(users["finance"])

    assert upload(client, "SKU\nA\n").status_code == 403
    assert "Upload a file" not in page(client.get(reverse("stores:imports")))
    assert not ImportBatch.objects.exists()


def test_the_rows_that_were_left_out_come_as_a_file(ops: Client) -> None:
    upload(ops, "SKU;Country of origin\nA;Germany\n=B;DE\n")
    batch = ImportBatch.objects.get()

    answer: Any = ops.get(reverse("stores:import_bad", args=[batch.pk]))

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == [
        "SKU,Country of origin,Reason",
        "A,Germany,Country of origin: Write the country's two letters: DE.",
    ]


def test_what_there_is_as_a_file_is_read_as_unchanged(ops: Client) -> None:
    Product.objects.create(
        sku="=A", gtin="4006381333931", customs_value=1, currency="EUR"
    )
    url = reverse("stores:catalogue_export", args=["products"])

    answer: Any = ops.get(url)

    data = b"".join(answer.streaming_content)
    assert b"'=A" in data
    upload(ops, data)
    batch = ImportBatch.objects.get()
    assert (batch.added, batch.changed, batch.unchanged) == (0, 0, 1)


def test_an_unknown_export_is_not_found(ops: Client) -> None:
    url = reverse("stores:catalogue_export", args=["orders"])

    assert ops.get(url).status_code == 404


def test_the_lists_ask_the_same_with_many_rows(
    ops: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Product.objects.bulk_create(Product(sku=f"P{number}") for number in range(60))

    for name in ("products", "kits", "aliases", "imports"):
        with django_assert_max_num_queries(25):
            ops.get(reverse(f"stores:{name}"))
