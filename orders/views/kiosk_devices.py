"""The screens of the packing bench: added, paired anew and revoked by a lead."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from orders import kiosks
from orders.models import KioskDevice
from shipsync_site.lib.permissions import needs

_MANAGE = "orders.manage_kiosks"


class DeviceForm(forms.Form):
    """A new screen."""

    name = forms.CharField(
        max_length=60,
        label="Name",
        help_text="As people call the place: 'Bench 2'. Reports carry it.",
    )
    max_age_minutes = forms.IntegerField(
        label="UNKNOWN after, minutes",
        initial=15,
        min_value=5,
        max_value=240,
        help_text="What is known is older than this: the screen says UNKNOWN, never GO. "
        "ShipStation shows changes up to five minutes late, so below ten many "
        "answers are UNKNOWN.",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(_MANAGE)
def devices(request: HttpRequest) -> HttpResponse:
    """All screens; posted, a new one with its code, which is shown this once."""
    form = DeviceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            device, code = kiosks.add(
                values["name"],
                values["max_age_minutes"],
                cast("User", request.user),
            )
        except kiosks.KioskError as error:
            form.add_error("name", str(error))
        else:
            return _with_code(request, device, code)
    return _page(request, form=form, status=422 if form.errors else 200)


@never_cache
@require_POST
@needs(_MANAGE)
def code(request: HttpRequest, pk: int) -> HttpResponse:
    """A fresh code, for another browser or a screen that lost its cookie."""
    device = get_object_or_404(KioskDevice, pk=pk, revoked_at=None)
    return _with_code(request, device, kiosks.new_code(device))


@require_POST
@needs(_MANAGE)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a screen in no more."""
    device = get_object_or_404(KioskDevice, pk=pk)
    kiosks.revoke(device, cast("User", request.user))
    messages.success(request, f"{device.name} is let in no more, from now on.")
    return redirect("orders:kiosks")


def _with_code(request: HttpRequest, device: KioskDevice, code: str) -> HttpResponse:
    return _page(
        request, form=DeviceForm(), fresh=device, code=f"{code[:4]} {code[4:]}"
    )


def _page(
    request: HttpRequest, *, status: int = 200, **context: object
) -> HttpResponse:
    rows = KioskDevice.objects.select_related("created_by", "revoked_by")
    listed = sorted(rows, key=lambda row: (row.revoked_at is not None, row.name))
    return render(
        request, "kiosk/devices.html", {"devices": listed} | context, status=status
    )
