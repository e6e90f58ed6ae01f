"""Runs the demo through bad weather and gathers the evidence of what it did."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.core.management import call_command

from shipsync_site.demo import status, world
from shipsync_site.demo.channels import EVERY, channels, shops
from shipsync_site.demo.play import Pace, Play
from shipsync_site.demo.proof import Evidence, Proof, prove
from shipsync_site.demo.stack import Plan, Stack

# Amazon's order lists, calls a second: one injected 429 empties that bucket, which takes
# an hour to fill on the default plan, and the trial lasts five minutes.
LIST_RATE = 0.02
# (peer, fault, share of its requests)
WEATHER = (
    ("shipstation", "lost_answer", 0.05),
    ("shipstation", "429", 0.05),
    ("shipstation", "500", 0.05),
    ("amazon", "lost_answer", 0.03),
    ("amazon", "429", 0.03),
    ("amazon", "500", 0.03),
    ("ebay", "lost_answer", 0.03),
    ("ebay", "429", 0.03),
    ("ebay", "500", 0.03),
    ("tiktok", "lost_answer", 0.03),
    ("tiktok", "429", 0.03),
    ("tiktok", "500", 0.03),
    ("mirakl", "lost_answer", 0.03),
    ("mirakl", "429", 0.03),
    ("mirakl", "500", 0.03),
    ("shipstation", "lost_webhook", 0.2),
    ("shipstation", "duplicate_webhook", 0.3),
    ("shipstation", "late_webhook", 0.3),
    ("shipstation", "hostile_webhook", 0.3),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How long and how much; ``wanted`` orders must go the whole way."""

    seed: int = 1
    seconds: float = 300.0
    placed: int = 280
    wanted: int = 200


def run(plan: Plan, trial: Trial, say: Callable[[str], object]) -> Proof:
    """Start everything, play until it is settled, stop everything, prove."""
    call_command("migrate", verbosity=0)
    stack = Stack(plan)
    with stack.running(
        lambda: world.build(stack.sandbox, plan.rate, LIST_RATE, codes=EVERY)
    ):
        for number, (peer, fault, share) in enumerate(WEATHER):
            stack.sandbox.faults(peer, fault, share, seed=trial.seed + number)
        wave = trial.placed // 3
        pace = Pace(
            most_orders=trial.placed,
            first_wave=wave,
            wave_size=wave,
            wave_every=10.0,
            pack_after=12.0,
            open_cancels=8,
        )
        play = Play(stack.sandbox, plan.rate, trial.seed, pace, codes=EVERY)
        seconds = _play(stack, play, trial, say)
        proof = _proof(stack, play, trial)
        proof.counts["seconds"] = round(seconds)
        return proof


def _play(
    stack: Stack,
    play: Play,
    trial: Trial,
    say: Callable[[str], object],
) -> float:
    """Play until all is settled or the time is over; the seconds it took."""
    began = time.monotonic()
    settled = reported = 0.0
    while (now := time.monotonic()) < began + trial.seconds:
        stack.keep()
        play.step()
        quiet = (
            play.over
            and status.done_count() >= trial.wanted
            and status.moving_count() == 0
        )
        settled = (settled or now) if quiet else 0.0
        # The last wave's buyers may still think again, and we have to hear of it.
        if settled and now - settled > 2 * play.pace.pack_after:
            break
        if now - reported >= 10:
            reported = now
            stages = ", ".join(f"{k} {v}" for k, v in status.by_stage().items())
            say(f"{now - began:4.0f} s, placed {play.placed}: {stages or 'no orders'}")
        time.sleep(0.5)
    return time.monotonic() - began


def _proof(stack: Stack, play: Play, trial: Trial) -> Proof:
    sandbox = stack.sandbox
    codes = sorted({channel.code for channel in channels(EVERY)})
    weather: Counter[str] = Counter()
    for rule in sandbox.fault_rules():
        weather[f"faults: {rule['fault']}"] += rule["fired"]
    proof = prove(
        Evidence(
            ledger=sandbox.ledger(),
            orders={code: sandbox.orders_view(code) for code in codes},
            shipstation_orders=sandbox.orders_view("shipstation"),
            done=status.done_numbers(),
            with_case=status.numbers_with_case(),
            direct=status.direct_numbers(),
        )
    )
    proof.counts |= weather | Counter(status.webhooks())
    for slug, count in status.done_by_store().items():
        proof.counts[f"orders done of {slug}"] = count
    for what in ("webhooks that made us look", "webhooks repeated, only counted"):
        proof.require(proof.counts[what] > 0, f"no {what}")
    done = proof.counts["orders done"]
    proof.require(
        done >= trial.wanted,
        f"only {done} of {play.placed} orders are done, {trial.wanted} were expected; "
        f"stages: {status.by_stage()}",
    )
    wanted = [f"orders at {code}" for code in codes]
    wanted += [f"orders done of {shop.slug}" for _, shop in shops(EVERY)]
    wanted += ["late cancels", "late cancels held in ShipStation"]
    for what in (*wanted, "dispatches that ShipStation told"):
        proof.require(proof.counts[what] > 0, f"no {what}: nothing was proved of them")
    left = status.moving_count()
    proof.require(left == 0, f"{left} orders were still on their way at the end")
    for fault in {fault for _, fault, _ in WEATHER}:
        proof.require(
            weather[f"faults: {fault}"] > 0, f"the fault {fault} never happened"
        )
    return proof
