"""Where the pages of products, kits, SKU aliases and their imports are."""

from __future__ import annotations

from django.urls import path

from stores.views import aliases, imports, kits, products

urlpatterns = [
    path("products/", products.list_products, name="products"),
    path("products/new/", products.create, name="product_create"),
    path("products/<int:pk>/", products.edit, name="product"),
    path("products/<int:pk>/delete/", products.delete, name="product_delete"),
    path("products/export/<slug:kind>.csv", products.export, name="catalogue_export"),
    path("products/kits/", kits.list_kits, name="kits"),
    path("products/kits/new/", kits.create, name="kit_create"),
    path("products/kits/<int:pk>/", kits.edit, name="kit"),
    path("products/kits/<int:pk>/delete/", kits.delete, name="kit_delete"),
    path("products/aliases/", aliases.list_aliases, name="aliases"),
    path("products/aliases/new/", aliases.create, name="alias_create"),
    path("products/aliases/<int:pk>/", aliases.edit, name="alias"),
    path("products/aliases/<int:pk>/agree/", aliases.approve, name="alias_approve"),
    path("products/aliases/<int:pk>/delete/", aliases.delete, name="alias_delete"),
    path("products/imports/", imports.list_imports, name="imports"),
    path("products/imports/<int:pk>/", imports.detail, name="import"),
    path("products/imports/<int:pk>/apply/", imports.apply, name="import_apply"),
    path("products/imports/<int:pk>/undo/", imports.undo, name="import_undo"),
    path("products/imports/<int:pk>/left-out.csv", imports.bad_rows, name="import_bad"),
]
