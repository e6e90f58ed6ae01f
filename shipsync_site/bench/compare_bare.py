"""The comparisons of all rules as bare SQL, written by hand for one orchestrated store.

Each gives one row for each thing that the rule of this code finds. Where the databases
look into JSON differently there is a statement for each.
"""

# Only names of our own tables go into the texts; every value is a parameter.
# ruff: noqa: S608
from __future__ import annotations

_MINE = """o.store_id = %(store)s AND o.ordered_at >= %(since)s
    AND o.ordered_at < %(until)s AND o.not_ours = ''
    AND o.status NOT IN ('pending', 'waiting_acceptance')"""
_WANTED = "o.status IN ('open', 'partly_shipped')"
_SENT = "o.status IN ('open', 'partly_shipped', 'shipped')"
_MERGED = """EXISTS (SELECT 1 FROM orders_mergelink m WHERE m.account_id = r.account_id
    AND (m.absorbed_id = r.ss_order_id OR m.primary_id = r.ss_order_id))"""
_ABSORBED = """EXISTS (SELECT 1 FROM orders_mergelink m
    WHERE m.account_id = r.account_id AND m.absorbed_id = r.ss_order_id)"""
_LIVE = f"r.gone_at IS NULL AND r.status <> 'cancelled' AND NOT {_ABSORBED}"
_LABEL = "NOT s.voided AND NOT s.is_return AND NOT s.is_test"
_OPEN = "r.status IN ('awaiting_payment', 'awaiting_shipment', 'pending_fulfillment')"
_RECORDS = "orders_order o JOIN orders_shipstationorder r ON r.order_id = o.id"
_CANCELLED = f"""{_MINE} AND o.status = 'cancelled' AND o.remote_updated_at < %(hour)s
    AND NOT EXISTS (SELECT 1 FROM orders_decision d WHERE d.order_id = o.id
                    AND d.verb IN ('keep', 'ship_anyway'))"""
_LEFT_WITH = f"""EXISTS (SELECT 1 FROM orders_shipment s
    WHERE s.account_id = r.account_id AND s.ss_order_id = r.ss_order_id AND {_LABEL})"""

_SQLITE_LINES = """json_each(r.lines) e"""
_SQLITE = {
    "key": "json_extract(e.value, '$.line_key')",
    "units": "json_extract(e.value, '$.quantity')",
    "counts": "NOT COALESCE(json_extract(e.value, '$.adjustment'), 0)",
}
_POSTGRES_LINES = "CROSS JOIN LATERAL jsonb_array_elements(r.lines) e"
_POSTGRES = {
    "key": "e ->> 'line_key'",
    "units": "(e ->> 'quantity')::int",
    "counts": "NOT COALESCE((e ->> 'adjustment')::bool, false)",
}


def _lines_differ(lines: str, words: dict[str, str]) -> str:
    """Lines with other units than wanted, and orders with more in all."""
    there = f"""SELECT r.order_id, {words["key"]} AS line_key,
               SUM({words["units"]}) AS units
          FROM {_RECORDS} {lines}
         WHERE {_MINE} AND {_SENT} AND o.remote_updated_at < %(hour)s AND {_LIVE}
           AND NOT {_MERGED} AND {words["counts"]}
         GROUP BY r.order_id, {words["key"]}"""
    twice = """o.id NOT IN (SELECT h.order_id FROM reconciliation_hit h
        WHERE h.run_store_id = %(part)s AND h.order_id IS NOT NULL
          AND h.rule IN ('twice_in_shipstation', 'missing_in_shipstation'))"""
    return f"""
        WITH there AS ({there}),
             wanted AS (
               SELECT l.order_id, l.line_key, l.quantity - l.quantity_cancelled AS units
                 FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
                WHERE {_MINE} AND {_SENT} AND o.remote_updated_at < %(hour)s AND {twice}
                  AND EXISTS (SELECT 1 FROM orders_shipstationorder r
                              WHERE r.order_id = o.id AND {_LIVE}
                                AND NOT {_MERGED}))
        SELECT w.order_id FROM wanted w
          LEFT JOIN there t ON t.order_id = w.order_id AND t.line_key = w.line_key
         WHERE COALESCE(t.units, 0) <> w.units
        UNION ALL
        SELECT a.order_id
          FROM (SELECT order_id, SUM(units) AS units FROM there GROUP BY order_id) a
          JOIN (SELECT order_id, SUM(units) AS units FROM wanted GROUP BY order_id) b
            ON b.order_id = a.order_id
         WHERE a.units > b.units"""


def _untold(theirs: str) -> str:
    """Parcels that nobody told of, and what left without one."""
    return f"""
        SELECT s.id FROM orders_shipment s
          JOIN orders_shipstationorder r
            ON r.account_id = s.account_id AND r.ss_order_id = s.ss_order_id
          JOIN orders_order o ON o.id = r.order_id
         WHERE s.account_id = %(account)s AND s.created_at >= %(since)s
           AND s.created_at < %(two)s AND {_LABEL}
           AND (s.notified IS NULL OR NOT s.notified) AND {_MINE} AND {_WANTED}
           AND NOT {_MERGED}
           AND NOT EXISTS (SELECT 1 FROM orders_dispatch d WHERE d.shipment_id = s.id
                           AND (d.rung NOT IN ('due', 'refused')
                                OR d.accepted_at IS NOT NULL))
           AND NOT EXISTS (SELECT 1 FROM {theirs})
        UNION ALL
        SELECT o.id FROM {_RECORDS}
         WHERE {_MINE} AND {_WANTED} AND r.status = 'shipped' AND {_LIVE}
           AND NOT {_MERGED} AND r.parent_id IS NULL
           AND (r.modified_at IS NULL OR r.modified_at < %(two)s)
           AND NOT EXISTS (SELECT 1 FROM orders_dispatch d WHERE d.order_id = o.id)
           AND NOT {_LEFT_WITH}"""


Statement = str | dict[str, str]
BARE: dict[str, Statement] = {
    "missing_here": """
        SELECT c.id FROM reconciliation_censusrow c
          LEFT JOIN orders_order o
            ON o.store_id = %(store)s AND o.remote_id = c.remote_id
         WHERE c.run_store_id = %(part)s AND o.id IS NULL
           AND c.status NOT IN ('pending', 'waiting_acceptance')
           AND c.ordered_at < %(hour)s""",
    "missing_in_shipstation": f"""
        SELECT o.id FROM orders_order o
         WHERE {_MINE} AND {_WANTED} AND o.imported_at < %(hour)s
           AND NOT EXISTS (SELECT 1 FROM orders_shipstationorder r
                           WHERE r.order_id = o.id
                             AND ((r.gone_at IS NULL AND r.status <> 'cancelled')
                                  OR {_ABSORBED}))
           AND NOT EXISTS (SELECT 1 FROM orders_orderline l
                           WHERE l.order_id = o.id AND l.cancel_requested)
           AND NOT EXISTS (SELECT 1 FROM reconciliation_censusrow c
                           WHERE c.run_store_id = %(part)s
                             AND c.remote_id = o.remote_id
                             AND c.status IN ('cancelled', 'shipped'))""",
    "twice_in_shipstation": f"""
        SELECT o.id FROM {_RECORDS}
         WHERE {_MINE} AND {_LIVE} AND r.parent_id IS NULL
           AND (r.created_at IS NULL OR r.created_at < %(half)s)
         GROUP BY o.id HAVING COUNT(*) > 1
        UNION
        SELECT o.id FROM orders_shipstationorder r
          JOIN orders_order o ON o.number = r.order_number
         WHERE {_MINE} AND {_LIVE} AND r.order_id IS NULL
           AND r.account_id = %(account)s
           AND EXISTS (SELECT 1 FROM orders_shipstationorder x
                       WHERE x.order_id = o.id AND x.gone_at IS NULL)""",
    "unknown_to_marketplace": f"""
        SELECT o.id FROM orders_order o
          LEFT JOIN reconciliation_censusrow c
            ON c.run_store_id = %(part)s AND c.remote_id = o.remote_id
         WHERE o.store_id = %(store)s AND o.ordered_at >= %(since)s
           AND o.ordered_at < %(until)s AND o.ordered_at < %(two)s
           AND o.status NOT IN ('pending', 'waiting_acceptance') AND c.id IS NULL
        UNION ALL
        SELECT r.id FROM orders_shipstationorder r
         WHERE r.account_id = %(account)s AND r.order_id IS NULL AND {_LIVE}""",
    "no_tracking_back": {
        "sqlite": _untold(
            "json_each(o.packages) e "
            "WHERE UPPER(json_extract(e.value, '$.tracking')) = "
            "UPPER(s.tracking_number)"
        ),
        "postgresql": _untold(
            "jsonb_array_elements(CASE WHEN jsonb_typeof(o.packages) = 'array' "
            "THEN o.packages ELSE '[]'::jsonb END) e "
            "WHERE UPPER(e ->> 'tracking') = UPPER(s.tracking_number)"
        ),
    },
    "not_read_back": f"""
        SELECT d.id FROM orders_dispatch d JOIN orders_order o ON o.id = d.order_id
          JOIN orders_shipment s ON s.id = d.shipment_id
         WHERE {_MINE} AND {_WANTED} AND NOT s.voided
           AND ((d.rung = 'accepted' AND d.accepted_at < %(three)s)
                OR (d.rung = 'sent' AND d.sent_at < %(three)s))""",
    "confirmed_not_shipped": f"""
        SELECT o.id FROM {_RECORDS}
         WHERE {_MINE} AND o.remote_updated_at < %(two)s AND o.status = 'shipped'
           AND ({_OPEN} OR r.status = 'on_hold') AND {_LIVE} AND NOT {_MERGED}
           AND r.as_of < %(now)s AND NOT {_LEFT_WITH}
        UNION ALL
        SELECT o.id FROM orders_order o
         WHERE {_MINE} AND {_WANTED}
           AND EXISTS (SELECT 1 FROM orders_dispatch d WHERE d.order_id = o.id
                       AND d.rung = 'read_back' AND d.rung_at < %(day)s)
           AND NOT EXISTS (SELECT 1 FROM orders_dispatch d WHERE d.order_id = o.id
                           AND d.rung IN ('due', 'sent', 'refused', 'accepted'))""",
    "cancelled_open": f"""
        SELECT DISTINCT o.id FROM {_RECORDS}
         WHERE {_CANCELLED} AND {_LIVE} AND NOT {_LEFT_WITH}
           AND ({_OPEN} OR (r.status = 'on_hold' AND r.modified_at < %(day)s))
        UNION ALL
        SELECT o.id FROM {_RECORDS} WHERE {_CANCELLED} AND {_ABSORBED}""",
    "cancelled_shipped": f"""
        SELECT DISTINCT o.id FROM {_RECORDS}
          JOIN orders_shipment s
            ON s.account_id = r.account_id AND s.ss_order_id = r.ss_order_id
         WHERE {_CANCELLED} AND {_LABEL} AND s.created_at < %(hour)s""",
    "lines_differ": {
        "sqlite": _lines_differ(f", {_SQLITE_LINES}", _SQLITE),
        "postgresql": _lines_differ(_POSTGRES_LINES, _POSTGRES),
    },
    "address_differs": f"""
        SELECT r.id FROM {_RECORDS} JOIN orders_orderbuyer b ON b.order_id = o.id
         WHERE {_MINE} AND {_SENT} AND o.remote_updated_at < %(hour)s AND {_LIVE}
           AND NOT {_MERGED} AND r.address_hash <> '' AND b.address_hash <> ''
           AND r.address_hash <> b.address_hash""",
    "tax_lost": {
        "sqlite": f"""
            SELECT r.id FROM {_RECORDS}
             WHERE {_MINE} AND {_SENT} AND o.remote_updated_at < %(hour)s AND {_LIVE}
               AND NOT {_MERGED} AND r.tax_shown IS NOT NULL
               AND COALESCE(json_extract(o.tax, '$.number'), '') <> ''
               AND r.tax_shown <> UPPER(json_extract(o.tax, '$.number'))""",
        "postgresql": f"""
            SELECT r.id FROM {_RECORDS}
             WHERE {_MINE} AND {_SENT} AND o.remote_updated_at < %(hour)s AND {_LIVE}
               AND NOT {_MERGED} AND r.tax_shown IS NOT NULL
               AND COALESCE(o.tax ->> 'number', '') <> ''
               AND r.tax_shown <> UPPER(o.tax ->> 'number')""",
    },
    "customs_overwritten": f"""
        SELECT r.id FROM {_RECORDS}
         WHERE {_MINE} AND {_SENT} AND r.gone_at IS NULL AND r.status <> 'cancelled'
           AND r.customs_lost <> ''""",
    "refused_later": f"""
        SELECT d.id FROM orders_dispatch d JOIN orders_order o ON o.id = d.order_id
          JOIN orders_shipment s ON s.id = d.shipment_id
         WHERE {_MINE} AND o.status <> 'cancelled' AND NOT s.voided
           AND d.rung = 'refused' AND d.accepted_at IS NOT NULL
           AND d.rung_at < %(hour)s""",
    "combined_unconfirmed": f"""
        SELECT DISTINCT o.id FROM {_RECORDS}
          JOIN orders_orderline l ON l.order_id = o.id
          JOIN orders_shipmentline p ON p.order_line_id = l.id
          JOIN orders_shipment s ON s.id = p.shipment_id
         WHERE {_MINE} AND {_WANTED} AND {_MERGED} AND {_LABEL}
           AND s.created_at < %(two)s
           AND NOT EXISTS (SELECT 1 FROM orders_dispatch d WHERE d.order_id = o.id
                           AND d.rung NOT IN ('due', 'refused'))""",
    "voided_confirmed": f"""
        SELECT d.id FROM orders_dispatch d JOIN orders_order o ON o.id = d.order_id
          JOIN orders_shipment s ON s.id = d.shipment_id
         WHERE {_MINE} AND o.status <> 'cancelled' AND s.voided
           AND (s.voided_at IS NULL OR s.voided_at < %(two)s)
           AND d.rung IN ('sent', 'accepted', 'shipped', 'read_back')
           AND d.id NOT IN (SELECT x.supersedes_id FROM orders_dispatch x
                            WHERE x.supersedes_id IS NOT NULL
                              AND x.rung NOT IN ('due', 'refused', 'withdrawn'))""",
    "stale_hold": f"""
        SELECT r.id FROM {_RECORDS}
         WHERE {_MINE} AND {_WANTED} AND {_LIVE} AND NOT {_MERGED}
           AND r.status = 'on_hold' AND r.modified_at < %(day)s
           AND NOT EXISTS (SELECT 1 FROM orders_orderline l
                           WHERE l.order_id = o.id AND l.cancel_requested)
           AND NOT EXISTS (SELECT 1 FROM orders_orderexception x
                           WHERE x.order_id = o.id AND x.state = 'open')""",
    "store_silent": """
        SELECT id FROM stores_store
         WHERE id = %(store)s AND (last_pull_at IS NULL OR last_pull_at < %(two)s)""",
}
