"""The results as text."""

from __future__ import annotations

from collections.abc import Iterator

from stores.sandbox.driver import Json


def lines(result: Json) -> Iterator[str]:
    """One run for people."""
    used = ", ".join(f"{w['used']}/{w['limit']}" for w in result["windows"])
    yield (
        f"{result['scenario']} on {result['database']}: {result['orders']:,} orders, "
        f"{result['workers']} workers in {result['clusters']} clusters, clock x "
        f"{result['rate']:g}"
    )
    yield f"  taken in           {result['ingest_per_second']:8.0f} orders/s"
    yield (
        f"  pushed             {result['orders_per_second']:8.0f} orders/s "
        f"({result['seconds']:.0f} s; one worker alone "
        f"{result['one_worker_per_second']:.0f}), bound by the {result['bound_by']}"
    )
    yield f"  windows            {used}"
    yield (
        f"  calls              {result['calls']} of {result['calls_allowed']:.1f} "
        f"allowed; {result['rows']:,} rows accepted"
    )
    yield f"  rows in each push  {100 * result['push_fill']:8.1f} of 100"
    yield f"  ratio              {result['ratio']:8.3f}"
    yield f"  answers 429        {result['answers_429']:8d}"
    for name, line in result["shares"].items():
        yield f"    {name:<24} {line['calls']:6d} calls {line['share']:7.1%}"
    if "holds" in result:
        yield (
            f"  holds              {result['holds']} of {result['cancelled']}, after "
            f"{result['hold_p50']:.1f} s (p50), {result['hold_p95']:.1f} s (p95)"
        )
        confirmed = result["labelled"] - result["unconfirmed"]
        yield f"  confirmed          {confirmed} of {result['labelled']} labels"
    for problem in result["problems"]:
        yield f"  NOT GOOD ENOUGH: {problem}"
