"""What a person sees of a provider that fails: on its models, and on what waits for it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from graphapi.domain.breakers import THRESHOLD
from tests.api.house import FAL, LOCAL, House, Person
from tests.api.lives import WATCH, ask, until, until_ended, until_state
from tests.emulators.fal import FalEmulator, Fault, Operation

OUTAGES = "{ models { id usable outage { since code message retryAt whoActs } } }"


async def outages(person: Person) -> dict[str, Any]:
    """Read the outage of each model that this server can ask."""
    models = await person.read(OUTAGES)
    return {model["id"]: model["outage"] for model in models if model["usable"]}


async def until_stage(person: Person, image_id: str, words: str) -> Any:
    """Watch an image until it is said what it waits for; answers that event."""
    async with asyncio.timeout(20), person.socket() as socket:
        await socket.subscribe(WATCH, variables={"ids": [image_id]})
        while True:
            message = await socket.receive()
            event = message["payload"]["data"]["aiStatusChanged"]
            if words in event["stageMessage"]:
                return event


async def test_a_provider_that_fails_says_so_and_what_waits_for_it_is_made_once_it_works(
    any_studio: House, fal: FalEmulator
) -> None:
    ada, stranger = await any_studio.person("ada"), Person(any_studio.http)
    assert set((await outages(stranger)).values()) == {None}
    fal.seconds = 0
    fal.disturb_always(Operation.SUBMIT, Fault(status=500, body="down"))
    _, lost = await ask(ada, THRESHOLD)
    for image_id in lost:
        await until_state(ada, image_id, "SUBMIT_UNKNOWN")
    seen = await outages(stranger)
    assert seen[LOCAL] is None
    outage = seen[FAL]
    assert (outage["code"], outage["whoActs"]) == ("PROVIDER_UNAVAILABLE", "the provider")
    assert "fal cannot be reached" in outage["message"]
    assert datetime.fromisoformat(outage["since"]) <= datetime.now(UTC)
    assert datetime.fromisoformat(outage["retryAt"]) > datetime.fromisoformat(outage["since"])
    _, waiting = await ask(ada, 2)
    image = await until_stage(ada, waiting[0], "Nothing is sent until it is tried again at")
    assert (image["aiStatus"], image["stage"]) == ("QUEUED", "WAITING")
    assert fal.ledger.posts == []
    fal.disturb_always(Operation.SUBMIT, None)
    for image_id in waiting:
        assert (await until_ended(ada, image_id))["aiStatus"] == "COMPLETED"
    assert set((await outages(stranger)).values()) == {None}
    assert len(fal.ledger.accepted) == 2


async def test_a_key_that_is_refused_is_said_on_the_models_and_stops_what_comes_after(
    any_studio: House, fal: FalEmulator
) -> None:
    ada = await any_studio.person("ada")
    fal.disturb_always(Operation.SUBMIT, Fault(status=401, body={"detail": "Unauthorized"}))
    _, (refused,) = await ask(ada)
    ended = await until(ada, refused, lambda image: image["error"])
    assert ended["error"]["code"] == "PROVIDER_CREDENTIALS"
    outage = (await outages(ada))[FAL]
    assert (outage["code"], outage["whoActs"]) == (
        "PROVIDER_CREDENTIALS",
        "the operator of this server",
    )
    _, (waiting,) = await ask(ada)
    image = await until_stage(ada, waiting, "its operator must set one that is good")
    assert image["aiStatus"] == "QUEUED"
    one = "query ($id: ID!) { model(id: $id) { outage { code } } }"
    assert (await ada.read(one, id=FAL))["outage"] == {"code": "PROVIDER_CREDENTIALS"}
    assert (await ada.read(one, id=LOCAL))["outage"] is None
