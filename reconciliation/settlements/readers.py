"""Who reads a file: the account's connector, or the columns that a person has named."""

from __future__ import annotations

from collections.abc import Iterator

from reconciliation.models import SettlementFile, SettlementSource
from reconciliation.settlements import mapped
from reconciliation.settlements.mapped_layout import Given
from reconciliation.settlements.receiving import bytes_of
from stores.connectors import CONNECTORS
from stores.flat_file import refuse
from stores.remote_money import MoneyLine, SettlementHead


def read_file(file: SettlementFile) -> tuple[SettlementHead, Iterator[MoneyLine]]:
    """A file's settlement and lines. Raises SettlementFileError, see the contract."""
    content = bytes_of(file)
    if file.source != SettlementSource.MAPPED_CSV:
        return CONNECTORS.get(file.account.marketplace).read_settlement_file(content)
    if file.format is None:
        raise refuse(0, "", "", "Nobody has said what the columns of this CSV mean.")
    return mapped.read(content, file.format, Given.of(file.given))
