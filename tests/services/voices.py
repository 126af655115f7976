"""Asking a house to hear and to speak, and looking at what became of that."""

from sqlalchemy import select

from graphapi.domain.models import ModelKind
from graphapi.domain.pages import RecordingFilter, Window
from graphapi.domain.recordings import Recording
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import JobRow
from graphapi.services.requests import SoundWanted
from tests.emulators.fal.sounds import silence
from tests.services.house import House

HEARS, SPEAKS = "fal-ai/whisper", "fal-ai/minimax/speech-02-hd"
EVERY_ONE = RecordingFilter()
SPEECH = SoundWanted(ModelKind.SPEECH, SPEAKS, text="Good evening, and welcome.")


def hearing(**source: str) -> SoundWanted:
    return SoundWanted(ModelKind.TRANSCRIPTION, HEARS, **source)  # type: ignore[arg-type]  # texts


async def note(house: House, seconds: float = 2) -> str:
    """Upload a director's voice note."""
    return await house.use_cases.recordings.receive(house.owner.id, silence(seconds))


async def ask(house: House, wanted: SoundWanted, key: str | None = None) -> Recording:
    asked = await house.use_cases.recordings.request(house.owner, wanted, key)
    assert asked.recording
    return asked.recording


async def now(house: House, recording: Recording) -> Recording:
    found = await house.use_cases.recordings.get(house.owner, recording.id)
    assert found
    return found


async def job_of(house: House, recording: Recording) -> AnyRow:
    """Read the newest attempt at a recording."""
    statement = select(JobRow).where(JobRow.recording_id == recording.id)
    async with house.database.read() as connection:
        return (await connection.execute(statement.order_by(JobRow.id.desc()).limit(1))).one()


async def listed(
    house: House,
    chosen: RecordingFilter = EVERY_ONE,
    search: str | None = None,
    **window: object,
) -> list[str]:
    """List a page of recordings, by their ids."""
    asked = {"first": None, "after": None, "last": None, "before": None} | window
    place = Window.of(**asked)  # type: ignore[arg-type]  # as a query has them
    page = await house.use_cases.recordings.page(house.owner, place, chosen, search)
    return [each.id for each in page.items]
