"""The tables. Domain values are made from their rows in the repositories beside this folder."""

from graphapi.persistence.tables.base import Base, table_of
from graphapi.persistence.tables.jobs import JobEventRow, JobRow
from graphapi.persistence.tables.library import (
    GenerationRow,
    HostedSourceRow,
    ImageRow,
    InputRow,
    PictureRow,
)
from graphapi.persistence.tables.money import CorrectionRow, LedgerRow
from graphapi.persistence.tables.people import IdempotencyRow, TokenRow, UserRow
from graphapi.persistence.tables.recordings import RecordingRow
from graphapi.persistence.tables.running import BreakerRow, LeaseRow, SlotRow, WorkerRow

__all__ = [
    "Base",
    "BreakerRow",
    "CorrectionRow",
    "GenerationRow",
    "HostedSourceRow",
    "IdempotencyRow",
    "ImageRow",
    "InputRow",
    "JobEventRow",
    "JobRow",
    "LeaseRow",
    "LedgerRow",
    "PictureRow",
    "RecordingRow",
    "SlotRow",
    "TokenRow",
    "UserRow",
    "WorkerRow",
    "table_of",
]
