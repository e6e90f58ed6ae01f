"""The peer's own control calls, by name."""

from __future__ import annotations

from stores.sandbox.core import ControlError, Json
from stores.sandbox.payouts import read_planting
from stores.sandbox.tiktok import people_acts
from stores.sandbox.tiktok.accounts import SCOPES
from stores.sandbox.tiktok.hooks import Hooks
from stores.sandbox.tiktok.payouts import pay_out
from stores.sandbox.tiktok.world import World

ON_ORDERS = {
    "scan": people_acts.scan,
    "move_on": people_acts.move_on,
    "refund": people_acts.refund,
}


def play(world: World, hooks: Hooks, action: str, spec: Json) -> Json:
    """``scan`` {order_id | tracking, stage}; ``move_on`` {what, order_id?}; ``refund``
    {order_id, line_ids?}; ``authorise`` {open_id?, app_key?, scopes?}: a consent's code;
    ``revoke`` {open_id?}; ``notify`` {type, data?, shop_id?, url?}: a message;
    ``subscribe`` {url, events?, shop_id?}; ``payouts`` {oddities?, pay?}. Raises ControlError."""
    now = world.advance()
    if action == "payouts":
        planting = read_planting(spec)
        return planting.result(pay_out(world, planting))
    if action in ON_ORDERS:
        return ON_ORDERS[action](world, spec)
    if action == "authorise":
        return {"code": _authorise(world, spec, now)}
    if action == "revoke":
        open_id = str(spec.get("open_id") or next(iter(world.auth.sellers)))
        if open_id not in world.auth.sellers:
            raise ControlError(404, f"no seller {open_id!r}")
        return {"consents": world.revoke(open_id, now)}
    if action == "notify":
        return hooks.notify(spec, now)
    if action == "subscribe":
        return hooks.subscribe(spec, now)
    raise ControlError(404, f"tiktok has no control call {action!r}")


def _authorise(world: World, spec: Json, now: int) -> str:
    auth = world.auth
    try:
        return auth.authorise(
            str(spec.get("app_key") or next(iter(auth.apps))),
            str(spec.get("open_id") or next(iter(auth.sellers))),
            list(spec.get("scopes") or SCOPES),
            now,
        )
    except LookupError as error:
        raise ControlError(404, str(error)) from None
