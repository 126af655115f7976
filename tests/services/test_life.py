"""Every life a job may have, tried at random over the real repository and a provider over HTTP.

Processes die at any write and are slow to answer, databases break, bells are lost and doubled,
webhooks come early, twice or never, the provider fails in each documented way, people change their
minds, time passes. Whatever happens: a job is accepted at most once, what arrives is known
beforehand, an end stays an end, versions only grow, only those move a job who may, and in the end
every job has ended, the money is settled, and what was made is kept or said to be lost.

`make soak` tries 2000 lives of 40 steps each, in shares.
"""

import asyncio
import shutil
import time
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from graphapi.container.use_cases import UseCases
from graphapi.domain.analysis import AnalysisContext
from graphapi.domain.options import Options
from graphapi.errors import Refused, UserErrorCode
from graphapi.ports.doorbell import Bell
from graphapi.services import insisting
from graphapi.services.requests import AnalysisWanted, PicturesWanted
from graphapi.services.retrying import RetryWanted
from tests.emulators.fal import Manner, Outcome
from tests.emulators.fal.sounds import silence
from tests.services.house import shots
from tests.services.life import Crash, Life, latest, life_at
from tests.services.troubles import POLL_TROUBLES
from tests.services.voices import SPEECH, hearing
from tests.soaking import Soak

Answer = TypeVar("Answer")

# Most steps should go well.
TROUBLE = st.one_of(st.none(), st.integers(0, 5))
DEATH = st.builds(Crash, st.integers(1, 7))
BREAK = st.builds(Crash, st.integers(1, 7), st.integers(1, 4))
CRASH = st.one_of(st.none(), st.none(), DEATH, BREAK)
# Counted from the latest, which matters most.
PLACE = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5])
MANNER = st.sampled_from([Manner(), Manner(retried=True), Manner(payload_error=True)])
MOST_AT_ONCE = 6
SHARES = 8
WORDS = "fal-ai/nano-banana-pro"


@dataclass(frozen=True, slots=True)
class World:
    """What all lives share: a loop, and a house with its provider."""

    runner: asyncio.Runner
    life: Life


# No rule has a precondition: what is there depends on the moment at which a provider answers, and
# hypothesis could not take the same steps again. A rule that has nothing to do does nothing.
class Lives(RuleBasedStateMachine):
    """One library's jobs, from the first request until all have ended."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.life = self.world.life
        self.begun = False
        self.asked = 0

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.world.runner.run(work)

    @initialize(told=st.booleans(), count=st.integers(1, 3), of_sound=st.booleans())
    def begin(self, count: int, *, told: bool, of_sound: bool) -> None:
        self.run(self.life.begin(told=told))
        self.begun = True
        if of_sound:
            self.hear_or_speak(None, heard=count == 1)
        else:
            self.ask(count, None)

    @rule(count=st.integers(1, 3), crash=CRASH, inside=st.booleans())
    def ask(self, count: int, crash: Crash | None, *, inside: bool = False) -> None:
        wanted = shots(count, options=Options({"syncMode": True} if inside else {}))

        async def work(cases: UseCases) -> None:
            scheduled = await cases.variations.request(
                self.life.house.owner, self.life.image_id, wanted
            )
            self.life.generations.append(scheduled.generation.id)

        if self.life.live < MOST_AT_ONCE:
            self.run(self.life.served(work, crash))

    @rule(count=st.sampled_from([1, 2, 3, 4, 5]), pictures=st.integers(0, 2), crash=CRASH)
    def ask_in_own_words(self, count: int, pictures: int, crash: Crash | None) -> None:
        operation, model = ("editImage", f"{WORDS}/edit") if pictures else ("generateImage", WORDS)
        ids = (self.life.image_id,) * pictures
        wanted = PicturesWanted(model, "A harbour at dawn.", count=count, image_ids=ids)

        async def work(cases: UseCases) -> None:
            made = await cases.picturing.request(self.life.house.owner, operation, wanted)
            self.life.generations.append(made.generation.id)

        if self.life.live < MOST_AT_ONCE:
            self.run(self.life.served(work, crash))

    @rule(images=st.sampled_from([None, None, 1, 2, 5]))
    def make_another_number_of_pictures(self, images: int | None) -> None:
        self.life.witness.plan_all(Outcome(images=images))

    @rule(place=PLACE, crash=CRASH)
    def cancel_one(self, place: int, crash: Crash | None) -> None:
        images = self.life.images.values()
        there = sorted(each.id for each in images if each.generation_id and not each.deleted_at)

        async def work(cases: UseCases) -> None:
            await cases.cancelling.cancel_variation(self.life.house.owner, latest(there, place))

        if there:
            self.run(self.life.served(work, crash))

    @rule(count=st.integers(0, 2), crash=CRASH)
    def analyse(self, count: int, crash: Crash | None) -> None:
        # Each asks something else, so that each can be told from the others.
        self.asked += 1
        wanted = AnalysisWanted(AnalysisContext(title=f"{self.asked}."), variation_count=count)

        async def work(cases: UseCases) -> None:
            await cases.analyses.request(self.life.house.owner, self.life.image_id, wanted)

        if self.life.live < MOST_AT_ONCE:
            self.run(self.life.served(work, crash))

    @rule(place=PLACE, crash=CRASH, of_sound=st.booleans())
    def cancel(self, place: int, crash: Crash | None, *, of_sound: bool) -> None:
        if of_sound:
            self.cancel_a_recording(place, crash)
            return

        async def work(cases: UseCases) -> None:
            generation_id = latest(self.life.generations, place)
            await cases.cancelling.cancel_generation(self.life.house.owner, generation_id)

        if self.life.generations:
            self.run(self.life.served(work, crash))

    @rule(place=PLACE, crash=CRASH, charged=st.booleans(), of_sound=st.booleans())
    def try_again(self, place: int, crash: Crash | None, *, charged: bool, of_sound: bool) -> None:
        if of_sound:
            self.try_a_recording_again(place, crash, charged=charged)
            return

        async def work(cases: UseCases) -> None:
            generation_id = latest(self.life.generations, place)
            try:
                await cases.retrying.retry_failed(
                    self.life.house.owner, RetryWanted(generation_id, charged)
                )
            except Refused as refusal:
                # Nothing is made again of what was deleted.
                assert refusal.code is UserErrorCode.SOURCE_MISSING  # noqa: PT017 - one of the ends
                assert len(self.life.sources) > 1

        if self.life.generations and self.life.live < MOST_AT_ONCE:
            self.run(self.life.served(work, crash))

    @rule(place=PLACE, crash=CRASH, of_sound=st.booleans())
    def recover(self, place: int, crash: Crash | None, *, of_sound: bool) -> None:
        if of_sound:
            self.recover_a_recording(place, crash)
            return
        images = self.life.images.values()
        there = sorted(each.id for each in images if each.generation_id and not each.deleted_at)

        async def work(cases: UseCases) -> None:
            await cases.recovering.recover(self.life.house.owner, latest(there, place))

        if there:
            self.run(self.life.served(work, crash))

    @rule(heard=st.booleans(), crash=CRASH, inside=st.booleans())
    def hear_or_speak(self, crash: Crash | None, *, heard: bool, inside: bool = False) -> None:
        self.asked += 1

        async def work(cases: UseCases) -> None:
            form = Options({"outputFormat": "hex"} if inside else {})
            wanted = replace(SPEECH, text=f"{self.asked}.", options=form)
            if heard:
                note = await cases.recordings.receive(self.life.house.owner.id, silence(0.1))
                wanted = hearing(storage_id=note)
            await cases.recordings.request(self.life.house.owner, wanted)

        if self.life.live < MOST_AT_ONCE:
            self.run(self.life.served(work, crash))

    def cancel_a_recording(self, place: int, crash: Crash | None) -> None:
        async def work(cases: UseCases) -> None:
            recording_id = latest(self.life.made, place)
            await cases.cancelling.cancel_recording(self.life.house.owner, recording_id)

        if self.life.made:
            self.run(self.life.served(work, crash))

    def try_a_recording_again(self, place: int, crash: Crash | None, *, charged: bool) -> None:
        async def work(cases: UseCases) -> None:
            wanted = RetryWanted(latest(self.life.made, place), charged)
            await cases.retrying_recordings.retry(self.life.house.owner, wanted)

        if self.life.made and self.life.live < MOST_AT_ONCE:
            self.run(self.life.served(work, crash))

    def recover_a_recording(self, place: int, crash: Crash | None) -> None:
        async def work(cases: UseCases) -> None:
            recording_id = latest(self.life.made, place)
            await cases.recovering.recover_recording(self.life.house.owner, recording_id)

        if self.life.made:
            self.run(self.life.served(work, crash))

    @rule(place=PLACE, crash=CRASH, really=st.sampled_from([False, False, False, True]))
    def delete_a_recording(self, place: int, crash: Crash | None, *, really: bool) -> None:
        async def work(cases: UseCases) -> None:
            recording_id = latest(self.life.made, place)
            await cases.recordings.delete(self.life.house.owner, [recording_id])

        if really and self.life.made:
            self.run(self.life.served(work, crash))

    @rule(place=PLACE, crash=CRASH, trouble=TROUBLE)
    def answer(self, place: int, crash: Crash | None, trouble: int | None) -> None:
        if not self.life.bells:
            self.run(self.life.sweep())
        for bell in self.life.rung(place):
            self.life.bells.remove(bell)
            self.run(self.life.answer(bell, crash, trouble))

    @rule(place=PLACE, crash=CRASH)
    def answer_twice(self, place: int, crash: Crash | None) -> None:
        async def work(bell: Bell) -> None:
            await asyncio.gather(self.life.step(bell, crash), self.life.step(bell))

        for bell in self.life.rung(place):
            self.run(work(bell))

    @rule(troubles=st.lists(TROUBLE, min_size=4, max_size=4))
    def answer_all(self, troubles: list[int | None]) -> None:
        bells, self.life.bells = self.life.bells, []
        for number, bell in enumerate(bells):
            self.run(self.life.answer(bell, None, troubles[number % len(troubles)]))

    @rule()
    def lose_the_bells(self) -> None:
        self.life.bells.clear()

    @rule(place=PLACE)
    def hear_nothing_for_long(self, place: int) -> None:
        for bell in self.life.rung(place):
            self.life.bells.remove(bell)
            self.run(self.life.hang(bell, place))

    @rule()
    def the_answer_comes_late(self) -> None:
        self.run(self.life.let_go())

    @rule()
    def hear_of_the_worker_no_more(self) -> None:
        self.run(self.life.hire())

    @rule(place=PLACE, manner=MANNER, crash=CRASH)
    def tell_of_an_end(self, place: int, manner: Manner, crash: Crash | None) -> None:
        self.run(self.life.deliver(place, manner, crash))

    @rule(trouble=TROUBLE, crash=CRASH)
    def poll(self, trouble: int | None, crash: Crash | None) -> None:
        with self.life.troubled(POLL_TROUBLES, trouble):
            self.run(self.life.poll(crash))

    @rule(crash=CRASH)
    def sweep(self, crash: Crash | None) -> None:
        self.run(self.life.sweep(crash))

    @rule(seconds=st.sampled_from([1, 4, 20, 90]))
    def pass_time(self, seconds: int) -> None:
        self.life.house.clock.turn(seconds=seconds)
        self.run(self.life.beat())

    @rule(really=st.sampled_from([False, False, False, True]))
    def delete_the_image(self, *, really: bool) -> None:
        async def work() -> None:
            await self.life.house.use_cases.images.delete(
                self.life.house.owner, [self.life.image_id]
            )
            await self.life.take_up()

        if really and self.life.jobs and len(self.life.sources) == 1:
            self.run(work())

    @invariant()
    def everything_holds(self) -> None:
        if self.begun:
            self.run(self.life.check())

    def teardown(self) -> None:
        if self.begun:
            self.run(self.life.end())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Share the lives of a soak between the cores; each share takes chances of its own."""
    if "share" in metafunc.fixturenames:
        metafunc.parametrize("share", range(SHARES) if metafunc.config.getoption("--soak") else [0])


@pytest.mark.slow
def test_whatever_happens_nothing_is_paid_twice_and_everything_ends(
    sqlite_template: Path, tmp_path: Path, soak: Soak, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who insists need not wait: the database holds again by the next write but three.
    monkeypatch.setattr(insisting, "SHORTEST_WAIT", 0.0)
    path = tmp_path / "graphapi.db"
    shutil.copy(sqlite_template, path)
    lives, steps = (2000 // SHARES, 40) if soak.full else (30, 30)
    lives_at_random = seed(soak.seed + share)(Lives) if soak.full else Lives
    began = time.monotonic()
    with asyncio.Runner() as runner:
        stack = life_at(f"sqlite:///{path}", tmp_path)
        Lives.world = World(runner, runner.run(stack.__aenter__()))
        try:
            run_state_machine_as_test(
                lives_at_random,
                settings=settings(
                    max_examples=lives,
                    stateful_step_count=steps,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(stack.__aexit__(None, None, None))
    minutes = (time.monotonic() - began) / 60
    chances = f"share {share}, seed {soak.seed}, " if soak.full else ""
    soak.tell(
        f"{lives} lives of {steps} steps each, {chances}in {minutes:.1f} min: every promise held"
    )
