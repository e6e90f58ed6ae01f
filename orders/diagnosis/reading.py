"""One step of a diagnosis: which side to ask, and what for.

A step takes the position that the diagnosis stands at and returns the next one with the
rows to keep; the caller stores both in one transaction, so that a step that is lost is
taken again. Reads only, and only while half of a quota is left (stores.sweeps).
"""

from __future__ import annotations

from collections.abc import Callable

from orders.diagnosis import counted, market, warehouse
from orders.diagnosis.notes import Json
from orders.diagnosis.steps import Step
from orders.models import Diagnosis

READERS: dict[str, Callable[[Diagnosis, Json], Step]] = {
    "open": market.read_open,
    "shipped": market.read_shipped,
    "records": warehouse.read_records,
    "labels": warehouse.read_labels,
    "marks": warehouse.read_marks,
    "single": market.read_single,
    "key": warehouse.read_key,
    "count": counted.count_on,
}


def step(diagnosis: Diagnosis, phase: str, position: Json) -> Step:
    """The next step of a phase; raises what the peers' clients raise."""
    return READERS[phase](diagnosis, position)
