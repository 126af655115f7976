"""Models with prices, and what the ledger says of their jobs."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.images import AspectRatio
from graphapi.domain.models import Model, ModelKind
from graphapi.domain.money import Exactness, PriceCard, PriceUnit
from graphapi.persistence import ledger
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import LedgerRow
from graphapi.persistence.transition import failed
from tests.persistence.library import Library

CARD = PriceCard(PriceUnit.IMAGE, Decimal("0.15"), Exactness.EXACT, "a page", date(2026, 11, 20))
PRICED = Model("some/model", "fal", ModelKind.EDIT, "Edits.", tuple(AspectRatio), price_card=CARD)
FREE_CARD = PriceCard(PriceUnit.IMAGE, Decimal(0), Exactness.EXACT, "here", date(2026, 11, 20))
LOCAL = Model(
    "local/reframe", "local", ModelKind.EDIT, "Frames.", tuple(AspectRatio), price_card=FREE_CARD
)
BROKE = failed(Failure(JobErrorCode.PROVIDER_FAILED, "It broke."))


async def lines(library: Library, job_id: str) -> list[AnyRow]:
    statement = select(LedgerRow).where(LedgerRow.job_id == job_id).order_by(LedgerRow.closes)
    async with library.database.read() as connection:
        return list((await connection.execute(statement)).all())


async def closing(library: Library, job_id: str) -> AnyRow:
    _, closed = await lines(library, job_id)
    return closed


async def spent(library: Library) -> int:
    async with library.database.read() as connection:
        return await ledger.committed(connection, library.owner.id, library.clock.now())
