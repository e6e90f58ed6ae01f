"""A marketplace's order as a tree whose leaves know their own JMESPath; pure.

Each leaf has up to three expressions, narrowest last:
* ``exact``: item 0 of line 0, right for this order and brittle for others;
* ``any_item``: the first of any line that has it, kept where it gives this very leaf;
* ``named``: picked by the name beside it, ``[?name=='IOSS'].value``: Amazon
  (taxRegistrationAttributes key/value), eBay (ebayReference name/value) and Mirakl
  (additional fields code/value) give such pairs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stores import jmespaths

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Names that stand for something else than themselves in a filter are not offered.
_NAME = re.compile(r"[\w .:/+-]{1,60}")
_NAMING = ("name", "code", "key", "type", "taxType", "reportingScheme")
_VALUES = ("value", "values", "amount", "number")
# What a page can carry, and Python's own depth, whatever an order looks like.
MAX_DEPTH = 24
MAX_ITEMS = 20
MAX_LEAVES = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One value and the expressions that give it; ``value`` is None, text, number, bool.

    ``keys`` is the way to it: keys as text, places in lists as numbers.
    """

    keys: tuple[str | int, ...]
    value: Any
    exact: str
    any_item: str = ""
    named: str = ""

    @property
    def path(self) -> str:
        """The expression to offer first: it survives another number of lines best."""
        return self.named or self.any_item or self.exact

    @property
    def others(self) -> tuple[str, ...]:
        """The expressions that give the same here, the offered one apart."""
        every = dict.fromkeys((self.named, self.any_item, self.exact))
        return tuple(path for path in every if path and path != self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """An object or a list of the order; ``left_out`` items of it are not shown."""

    label: str
    is_list: bool = False
    children: tuple[Branch | Leaf, ...] = field(default=())
    left_out: int = 0

    @property
    def leaves(self) -> int:
        """How many values are below it."""
        return sum(x.leaves if isinstance(x, Branch) else 1 for x in self.children)


def tree(body: Any) -> Branch:
    """The order as branches and leaves; scalars alone are no order: an empty tree."""
    return _Builder(body).run()


def leaves(branch: Branch) -> Iterator[Leaf]:
    """Every leaf below, in the order of the page."""
    for child in branch.children:
        if isinstance(child, Leaf):
            yield child
        else:
            yield from leaves(child)


def label_of(leaf: Leaf) -> str:
    """What a leaf is called beside its value: its key, or its place in the list."""
    last = leaf.keys[-1]
    return f"[{last}]" if isinstance(last, int) else last


def identifier(key: str) -> str:
    """A key as JMESPath takes it: plain, or quoted like a JSON string."""
    return key if _PLAIN.fullmatch(key) else json.dumps(key)


def exact_path(keys: tuple[str | int, ...]) -> str:
    """The expression of one place: ``lines[0]."odd key"``."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += f".{identifier(key)}" if text else identifier(key)
    return text


def condition(leaf: Leaf) -> str:
    """An expression that is true where an order has this very value at this place.

    Of a list it is enough that one item has it; by name, that the named one has it.
    """
    literal = _literal(leaf.value)
    listed = "" if leaf.named or leaf.value is None else _flattened(leaf.keys)
    if "[]" in listed:
        return f"contains({listed}, {literal})"
    path = leaf.named or leaf.exact
    return f"{f'({path})' if '|' in path else path} == {literal}"


def _literal(value: Any) -> str:
    """A value inside an expression; a raw string where nothing has to be escaped."""
    if isinstance(value, str) and "'" not in value and "\\" not in value:
        return f"'{value}'"
    # JSON between backticks, of which JMESPath wants its own escaped.
    return f"`{json.dumps(value).replace('`', chr(92) + '`')}`"


class _Builder:
    """Walks a body once."""

    def __init__(self, body: Any) -> None:
        self.body = body
        self.count = 0
        # The items of a list share their expressions: each is worked out once.
        self.given: dict[str, Any] = {}

    def run(self) -> Branch:
        if not isinstance(self.body, dict | list):
            return Branch(label="")
        return self._branch("", self.body, ())

    def _branch(self, label: str, value: Any, keys: tuple[str | int, ...]) -> Branch:
        is_list = isinstance(value, list)
        pairs: list[tuple[str | int, Any]] = (
            list(enumerate(value)) if is_list else list(value.items())
        )
        limit = MAX_ITEMS if is_list else len(pairs)
        children: list[Branch | Leaf] = []
        for key, child in pairs[:limit]:
            here = (*keys, key)
            if isinstance(child, dict | list) and child and len(here) < MAX_DEPTH:
                name = f"[{key}]" if isinstance(key, int) else key
                children.append(self._branch(name, child, here))
            elif not isinstance(child, dict | list) and self.count < MAX_LEAVES:
                self.count += 1
                children.append(self._leaf(here, child))
        return Branch(
            label=label,
            is_list=is_list,
            children=tuple(children),
            left_out=max(0, len(pairs) - limit),
        )

    def _leaf(self, keys: tuple[str | int, ...], value: Any) -> Leaf:
        return Leaf(
            keys=keys,
            value=value,
            exact=exact_path(keys),
            any_item=self._kept(any_path(keys), value),
            named=self._kept(self._named(keys), value),
        )

    def _kept(self, path: str, value: Any) -> str:
        """The expression, if it is right for this leaf: equal values, equal kinds."""
        if not path or len(path) > jmespaths.MAX_LENGTH:
            return ""
        if path not in self.given:
            self.given[path] = jmespaths.search(path, self.body)
        found = self.given[path]
        same = found == value and type(found) is type(value)
        return path if same else ""

    def _named(self, keys: tuple[str | int, ...]) -> str:
        """By the name in the object that holds it, which stands in a list or below."""
        places = [at for at, key in enumerate(keys) if isinstance(key, int)]
        if not places or keys[-1] not in _VALUES or places[-1] == len(keys) - 1:
            return ""
        beside = _at(self.body, keys[:-1])
        if not isinstance(beside, Mapping):
            return ""
        naming = next(
            (x for x in _NAMING if isinstance(beside.get(x), str) and x != keys[-1]), ""
        )
        name = str(beside.get(naming, "")) if naming else ""
        if not _NAME.fullmatch(name):
            return ""
        item = places[-1]
        listed = _flattened(keys[:item])
        within = keys[item + 1 :]
        key = exact_path((*within[:-1], naming))
        test = f"[?{key}=='{name}'].{exact_path(within)}"
        joined = f"{listed}{test}" if "[]" not in listed else f"{listed}[] | {test}"
        return f"{joined} | [0]" if listed else ""


def any_path(keys: tuple[str | int, ...]) -> str:
    """The first value of any item of the lists on the way; '' without a list."""
    if not any(isinstance(key, int) for key in keys):
        return ""
    text = _flattened(keys)
    return f"{text} | [0]" if text else ""


def _flattened(keys: tuple[str | int, ...]) -> str:
    """The way with every list flattened; '' for a list at its very start."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            if not text:
                return ""
            text += "[]"
        else:
            text += f".{identifier(key)}" if text else identifier(key)
    return text


def _at(body: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        body = body[key]
    return body
