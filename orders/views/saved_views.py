"""Views of the queues: saved from the current filters, arranged on a page of their own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from orders import saved_views
from orders.case_filters import CaseFilter
from orders.case_locks import TriageError
from orders.desk_forms import ViewForm
from orders.models import SavedView
from shipsync_site.lib.permissions import needs


@require_safe
@needs("orders.view_orderexception")
def arrange(request: HttpRequest) -> HttpResponse:
    """One's own views, to be renamed, moved, shared or deleted; what others share."""
    views = list(saved_views.visible(request.user))
    queries = {view.query for view in views}
    counts = saved_views.count(queries, request.user.pk, CaseFilter(QueryDict()))
    own = [view for view in views if view.owner_id == request.user.pk]
    others = [view for view in views if view.owner_id != request.user.pk]
    context = {
        "own": [{"view": view, "count": counts[view.query]} for view in own],
        "others": [{"view": view, "count": counts[view.query]} for view in others],
    }
    return render(request, "orders/views.html", context)


@require_POST
@needs("orders.view_orderexception")
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the page that it was asked on; shows the view."""
    form = ViewForm(request.POST)
    query = QueryDict(request.POST.get("query", "")[:2000])
    here = f"{reverse('orders:cases')}?{saved_views.normal(query.dict())}"
    if not form.is_valid():
        messages.error(request, "Not saved: give the view a name of up to 60 letters.")
        return redirect(here)
    try:
        view = saved_views.save(
            request.user,  # type: ignore[arg-type]
            form.cleaned_data["name"],
            query.dict(),
            shared=form.cleaned_data["shared"],
        )
    except TriageError as error:
        messages.error(request, str(error))
        return redirect(here)
    messages.success(request, f"Saved as ‘{view.name}’.")
    return redirect(f"{reverse('orders:cases')}?{view.query}")


@require_POST
@needs("orders.view_orderexception")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, move, share or delete a view of one's own."""
    view = get_object_or_404(SavedView, pk=pk, owner=request.user.pk)
    act = request.POST.get("act", "")
    try:
        if act == "rename":
            saved_views.rename(view, request.POST.get("name", ""))
        elif act in ("up", "down"):
            saved_views.move(view, -1 if act == "up" else 1)
        elif act in ("share", "keep"):
            view.shared = act == "share"
            view.save(update_fields=["shared"])
        elif act == "delete":
            view.delete()
            messages.success(request, f"‘{view.name}’ is deleted.")
    except TriageError as error:
        messages.error(request, str(error))
    return redirect("orders:views")
