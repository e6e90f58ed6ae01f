"""Looking into the JSON columns that readings fill, on both databases, row by row."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Func, IntegerField
from django.db.models.expressions import Combinable


class _RecordUnits(Func):
    """Units in the lines of a ShipStation record, discounts left out.

    Of all lines, or of those whose ``field`` has the value of the second expression.
    """

    output_field = IntegerField()
    arity: int | None = None

    def __init__(self, *expressions: Any, field: str = "") -> None:
        super().__init__(*expressions, field=field)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        part = " AND json_extract(e.value, '$.{field}') = {value}"
        return self._sql(
            compiler,
            connection,
            "(SELECT COALESCE(SUM(json_extract(e.value, '$.quantity')), 0) "
            "FROM json_each({lines}) AS e WHERE "
            "NOT COALESCE(json_extract(e.value, '$.adjustment'), 0){part})",
            part,
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        part = " AND e ->> '{field}' = {value}"
        return self._sql(
            compiler,
            connection,
            "(SELECT COALESCE(SUM((e ->> 'quantity')::int), 0)::int "
            "FROM jsonb_array_elements({lines}) AS e WHERE "
            "NOT COALESCE((e ->> 'adjustment')::bool, false){part})",
            part,
        )

    def _sql(self, compiler: Any, connection: Any, whole: str, part: str) -> Any:
        compiled = [compiler.compile(x) for x in self.get_source_expressions()]
        texts = [sql for sql, _parameters in compiled]
        field = self.extra["field"]
        narrowed = part.format(field=field, value=texts[1]) if field else ""
        sql = whole.format(lines=texts[0], part=narrowed)
        return sql, [x for _sql, parameters in compiled for x in parameters]


class _ShowsTracking(Func):
    """Whether a parcel of the marketplace has this number, case and spaces aside."""

    output_field = BooleanField()
    conditional = True

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._sql(
            compiler,
            "EXISTS (SELECT 1 FROM json_each({packages}) AS e WHERE "
            "{theirs} = {ours} AND {ours} <> '')",
            "json_extract(e.value, '$.tracking')",
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        # NULL is JSON's null where nothing was read yet.
        return self._sql(
            compiler,
            "EXISTS (SELECT 1 FROM jsonb_array_elements(CASE WHEN "
            "jsonb_typeof({packages}) = 'array' THEN {packages} ELSE '[]'::jsonb END) "
            "AS e WHERE {theirs} = {ours} AND {ours} <> '')",
            "(e ->> 'tracking')",
        )

    def _sql(self, compiler: Any, whole: str, theirs: str) -> Any:
        packages, tracking = self.get_source_expressions()
        package_sql, package_parameters = compiler.compile(packages)
        number_sql, number_parameters = compiler.compile(tracking)
        if package_parameters or number_parameters:
            raise ValueError("packages and numbers are columns, never values")
        sql = whole.format(
            packages=package_sql, theirs=_bare(theirs), ours=_bare(number_sql)
        )
        return sql, []


def _bare(sql: str) -> str:
    """A number as it is compared: capitals, without spaces and hyphens."""
    return f"UPPER(REPLACE(REPLACE({sql}, ' ', ''), '-', ''))"


def record_units(lines: str | Combinable) -> Func:
    """All units in these lines."""
    return _RecordUnits(lines)


def units_by(lines: str | Combinable, field: str, value: Any) -> Func:
    """Units of the lines whose ``field`` ('line_key', 'sku') has this value."""
    if field not in ("line_key", "sku"):
        raise ValueError(f"{field}: lines are told apart by line_key or sku")
    return _RecordUnits(lines, value, field=field)


def shows_tracking(packages: str, tracking: Any) -> Func:
    """Whether the marketplace's parcels name this tracking number."""
    return _ShowsTracking(packages, tracking)
