"""What a carrier mapping becomes at each account: the operator's own code, or why not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from stores.choices import listed
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.errors import RejectedError
from stores.models import CarrierMapping, RemoteAccount, Store
from stores.remote_types import Choice, ChoiceKind

Lists = dict[int, tuple[Choice, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAs:
    """What an account's marketplace is told for a mapping.

    ``codes`` are (code, name in its list): several where delivery options have lists of
    their own. ``problem`` says why a list has none.
    """

    account: RemoteAccount
    codes: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def carrier_lists(marketplace: str, store: Store | None = None) -> Lists:
    """The carriers that accounts of a marketplace (or a store's own) list, by account.

    An account whose list was never read, or that has none, is left out.
    """
    if marketplace not in CONNECTORS:
        return {}
    if Capability.LIST_CHOICES not in CONNECTORS.get(marketplace).capabilities:
        return {}
    accounts = (
        [store.remote_account]
        if store is not None
        else RemoteAccount.objects.filter(marketplace=marketplace).order_by("name")
    )
    found = {}
    for account in accounts:
        choices = listed(account.key, ChoiceKind.CARRIER)
        if choices:
            found[account.pk] = choices
    return found


def told_as(
    marketplace: str, code: str, name: str, lists: Lists
) -> list[tuple[int, tuple[tuple[str, str], ...], str]]:
    """(account, codes with their names, problem) of a code in each account's list."""
    connector = CONNECTORS.get(marketplace)
    found = []
    for account, choices in lists.items():
        scopes: dict[str, list[Choice]] = defaultdict(list)
        for choice in choices:
            scopes[choice.scope].append(choice)
        codes: dict[str, str] = {}
        problem = ""
        for offered in scopes.values():
            try:
                told = connector.carrier_told(code, name, tuple(offered))
            except RejectedError as error:
                problem = problem or error.message
            else:
                label = next((x.label for x in offered if x.code == told), "")
                codes[told] = label
        found.append((account, tuple(codes.items()), "" if codes else problem))
    return found


def shown_of(mappings: Iterable[CarrierMapping]) -> dict[int, list[ToldAs]]:
    """By mapping what each account that lists carriers is told for it."""
    rows = list(mappings)
    accounts = RemoteAccount.objects.in_bulk()
    lists = {code: carrier_lists(code) for code in {row.marketplace for row in rows}}
    found = {}
    for row in rows:
        wanted = lists[row.marketplace]
        if row.store is not None:
            own = row.store.remote_account_id
            wanted = {pk: choices for pk, choices in wanted.items() if pk == own}
        told = told_as(row.marketplace, row.carrier_code, row.carrier_name, wanted)
        found[row.pk] = [
            ToldAs(account=accounts[pk], codes=codes, problem=problem)
            for pk, codes, problem in told
        ]
    return found
