"""Asking a vision-language model about a picture."""

from dataclasses import asdict
from typing import Any

from graphapi.domain.analysis import AnalysisContext
from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import Billed, JobState, Mover
from graphapi.domain.vocabulary import CATEGORIES, GROUPS
from graphapi.persistence import jobs, pictures
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import failed, transition
from graphapi.ports.analysis import AnalysisRequest, AnalysisResult
from graphapi.ports.clock import Clock
from graphapi.services.keeping import Shelf
from graphapi.services.models import Models
from graphapi.services.sending import Sender

# Large enough for a model to read signs and faces, small enough to send as a data URL.
_LONGEST_SIDE = 1536
_MICROS = 1_000_000


class Analysing:
    """Sends queued analyses, each once."""

    def __init__(
        self, database: Database, shelf: Shelf, models: Models, sender: Sender, clock: Clock
    ) -> None:
        self._database = database
        self._shelf = shelf
        self._models = models
        self._sender = sender
        self._clock = clock

    async def analyse(self, job_id: str) -> None:
        """Send an analysis, if it is its turn, and record the answer."""
        async with self._database.read() as connection:
            job = await jobs.get(connection, job_id)
        if job is None or job.state is not JobState.QUEUED:
            return
        analyst = self._models.analyst
        if analyst.provider != job.provider:
            await self._fail(job_id, JobErrorCode.PROVIDER_CREDENTIALS, _no_key(job.provider))
            return
        content = await self._content(job)
        if content is None:
            await self._fail(job_id, JobErrorCode.SOURCE_MISSING, "The picture is not in storage.")
            return
        intent = await self._sender.intend(job_id, analyst.slots)
        if intent is None:
            return
        request = _request(job, content, self._models.analysis_models)
        answer = await self._sender.send(intent, lambda: analyst.analyse(request))
        if answer is not None:
            await self._sender.record(intent, JobState.RESULT_READY, **_values(answer))

    async def _content(self, job: AnyRow) -> bytes | None:
        async with self._database.read() as connection:
            picture = await pictures.get(connection, job.owner_id, job.picture_id)
        try:
            return await self._shelf.fit(picture, _LONGEST_SIDE) if picture else None
        except FileNotFoundError:
            return None

    async def _fail(self, job_id: str, code: JobErrorCode, message: str) -> None:
        values = failed(Failure(code, message)) | {"finished_at": self._clock.now()}
        async with self._database.write() as unit:
            await transition(unit, job_id, JobState.FAILED, by=Mover.PREPARE, **values)


def _request(job: AnyRow, content: bytes, models: tuple[str, ...]) -> AnalysisRequest:
    context = dict(job.context["context"])
    context["tags"] = tuple(context["tags"])
    return AnalysisRequest(
        job_id=job.id,
        models=models,
        content=content,
        context=AnalysisContext(**context),
        groups=GROUPS,
        categories=CATEGORIES,
    )


def _values(answer: AnalysisResult) -> dict[str, Any]:
    cost = answer.cost_usd
    return {
        "model": answer.model,
        "request_id": answer.request_id,
        "result": {
            "fields": asdict(answer.fields),
            "raw": answer.raw,
            "bill_source": answer.bill_source,
        },
        "billed": Billed.YES,
        "charged_micros": None if cost is None else round(cost * _MICROS),
    }


def _no_key(provider: str) -> str:
    return f"This server has no key for {provider} any more. Set it, then run the analysis again."
