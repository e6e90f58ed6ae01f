from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.orders.loop.world import World


def sync(**options: str) -> str:
    output = StringIO()
    call_command("sync", stdout=output, **options)
    return output.getvalue()


def test_the_steps_of_a_store_run_without_a_cluster(world: World) -> None:
    (remote_id,) = world.place()

    pulled = sync(store="amazon-uk", step="pull")
    stage_after_pull = world.order(remote_id).stage
    sync(store="amazon-uk", step="push")

    assert "units: " in pulled
    assert stage_after_pull == "to_push"
    assert [row["orderStatus"] for row in world.records(remote_id)] == [
        "awaiting_shipment"
    ]


@pytest.mark.django_db
def test_an_unknown_store_is_named_with_those_that_exist() -> None:
    with pytest.raises(CommandError, match="no such store; known: none"):
        sync(store="nowhere")
