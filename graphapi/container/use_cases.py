"""What can be done, as the outside calls it, and the steps that happen after the answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from graphapi import logs
from graphapi.container.foundations import Foundations
from graphapi.container.webhooks import webhook_addresses
from graphapi.jobs.actors import Steps
from graphapi.ports.doorbell import Step
from graphapi.services.analyses import Analyses
from graphapi.services.analysing import Analysing
from graphapi.services.answers import Answers
from graphapi.services.cancelling import Cancelling
from graphapi.services.concluding import Concluding
from graphapi.services.deliveries import Deliveries
from graphapi.services.evidence import Evidence
from graphapi.services.finishing import Finishing, Results
from graphapi.services.images import Images
from graphapi.services.judging import Judging
from graphapi.services.masks import Masks
from graphapi.services.picturing import Picturing
from graphapi.services.polling import Polling
from graphapi.services.preparing import Preparing
from graphapi.services.reconciling import Reconciling
from graphapi.services.recordings import Recordings
from graphapi.services.recovering import Recovering
from graphapi.services.retrying import Retrying
from graphapi.services.retrying_recordings import RetryingRecordings
from graphapi.services.samples import Samples
from graphapi.services.sending import Sender
from graphapi.services.sounding import Sounding
from graphapi.services.sources import Sources
from graphapi.services.spending import Spendings
from graphapi.services.statuses import Statuses
from graphapi.services.submitting import Submitting
from graphapi.services.tidying import Tidying
from graphapi.services.uploads import Uploads
from graphapi.services.users import Users
from graphapi.services.variations import Variations
from graphapi.storage.fetcher import RECORDINGS, SafeFetcher


@dataclass(frozen=True, slots=True)
class UseCases:
    """What can be done, as the outside calls it."""

    variations: Variations
    picturing: Picturing
    cancelling: Cancelling
    deliveries: Deliveries
    retrying: Retrying
    retrying_recordings: RetryingRecordings
    recovering: Recovering
    analyses: Analyses
    images: Images
    recordings: Recordings
    uploads: Uploads
    statuses: Statuses
    spendings: Spendings
    users: Users
    samples: Samples


def make_use_cases(base: Foundations) -> UseCases:
    """Make every use case."""
    database, clock, deadline = base.database, base.clock, base.settings.job_deadline
    trusted, own = base.settings.trusted_origins, base.settings.own_addresses
    fetcher = SafeFetcher(trusted, own_addresses=own)
    uploads = Uploads(database, base.shelf, fetcher, base.links, clock)
    analyses = Analyses(database, uploads, base.models, clock, deadline)
    images = Images(database, uploads, analyses, clock)
    answers = _answers(base)
    return UseCases(
        variations=Variations(database, base.models, clock, deadline),
        picturing=Picturing(database, base.models, clock, deadline),
        cancelling=Cancelling(database, base.models, clock),
        deliveries=Deliveries(database, answers, base.models, base.verifiers, base.breakers, clock),
        retrying=Retrying(database, base.models, clock, deadline),
        retrying_recordings=RetryingRecordings(database, base.models, clock, deadline),
        recovering=Recovering(database, answers, base.models, _evidence(base), clock, deadline),
        analyses=analyses,
        images=images,
        recordings=Recordings(
            database,
            base.storage,
            SafeFetcher(trusted, own_addresses=own, wanted=RECORDINGS),
            base.models,
            clock,
            deadline,
        ),
        uploads=uploads,
        statuses=Statuses(database),
        spendings=Spendings(database, clock),
        users=Users(database, clock),
        samples=Samples(database, uploads, images),
    )


def make_steps(base: Foundations, worker_id: str) -> Steps:
    """Make the steps of a job, as this process performs them."""
    database, clock, models = base.database, base.clock, base.models
    settings = base.settings
    # Results come from the provider's own hosts, which an operator may have put on a private net.
    hosts = (settings.fal_queue_url, settings.fal_rest_url, settings.lumenfall_url)
    trusted = (*settings.trusted_origins, *hosts)
    results = Results(base.storage, SafeFetcher(trusted), models)
    told = webhook_addresses(settings)
    sender = Sender(database, clock, worker_id, models.is_repeatable, base.breakers, told)
    judging, concluding = Judging(database, base.shelf, models), Concluding(database, clock)
    recordings = SafeFetcher(trusted, wanted=RECORDINGS)
    sounding = Sounding(database, base.storage, recordings, models, clock)
    finishing = Finishing(database, judging, results, concluding, sounding, clock)
    sources = Sources(database, base.shelf, base.links, base.breakers)
    answers, masks = _answers(base), Masks(database, base.shelf)
    preparing = Preparing(database, sources, models, base.breakers, clock)
    steps: Steps = {
        Step.PREPARE: partial(preparing.prepare, worker_id=worker_id),
        Step.SUBMIT: Submitting(
            database, base.storage, answers, masks, models, sender, clock
        ).submit,
        Step.ANALYSE: Analysing(database, base.shelf, models, sender, clock).analyse,
        Step.FINALISE: partial(finishing.finalise, worker_id=worker_id),
        Step.CANCEL: Cancelling(database, models, clock).tell_provider,
    }
    return {step: _named_in_logs(perform) for step, perform in steps.items()}


def make_reconciling(base: Foundations) -> Reconciling:
    """Make what resolves doubts."""
    return Reconciling(base.database, _answers(base), _evidence(base), base.clock)


def make_polling(base: Foundations) -> Polling:
    """Make what asks about the requests that providers accepted."""
    return Polling(base.database, _answers(base), base.models, base.breakers, base.clock)


def make_tidying(base: Foundations) -> Tidying:
    """Make what removes media that nobody needs any more."""
    return Tidying(base.database, base.storage, base.clock, base.settings.media_retention)


def _answers(base: Foundations) -> Answers:
    return Answers(base.database, base.storage)


def _evidence(base: Foundations) -> Evidence:
    return Evidence(base.database, base.models, base.clock)


def _named_in_logs(perform: Callable[[str], Awaitable[None]]) -> Callable[[str], Awaitable[None]]:
    async def named(job_id: str) -> None:
        with logs.bound(job_id=job_id):
            await perform(job_id)

    return named
