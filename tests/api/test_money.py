"""Prices before and the bill after, as a program sees them."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.house import FAL, LOCAL, NOBODYS, House, Person, open_house, until_done
from tests.api.voices import HEARS, SAY, SPEAKS, TRANSCRIBE, note, until_ended
from tests.emulators.fal import FalEmulator, running

PRICE = "amount currency exactness source asOf"
CARDS = f"""{{ models {{ id priceCard {{
  unit wholeUnits {PRICE}
  multipliers {{ parameter value factor }} surcharges {{ parameter value amount }}
}} }} }}"""
PLAN = f"""query ($id: ID!, $count: Int!, $model: String, $ratio: AspectRatio) {{
  variationPlan(imageId: $id, modificationMode: SHOT_VARIATION, variationCount: $count,
                model: $model, aspectRatio: $ratio) {{
    price {{ {PRICE} }}
    items {{ prompt shotType provider model aspectRatio price {{ {PRICE} }} }}
  }}
}}"""
MAKE = f"""mutation ($id: ID!, $count: Int!, $model: String, $dryRun: Boolean) {{
  generateVariations(imageId: $id, modificationMode: SHOT_VARIATION, variationCount: $count,
                     model: $model, dryRun: $dryRun) {{
    success userErrors {{ code message field }}
    image {{ id aiStatus }} variations {{ id prompt price {{ {PRICE} }} }} generation {{ id }}
    price {{ {PRICE} }}
    plan {{ items {{ prompt shotType price {{ amount }} }} price {{ amount exactness }} }}
  }}
}}"""
SUMS = " ".join(
    f"{name} {{ amount exactness count unknownCount }}"
    for name in ("settled", "reserved", "uncertain")
)
SPEND = f"""query ($from: DateTime, $to: DateTime) {{
  spend(from: $from, to: $to) {{
    from to currency dailyCap leftToday {SUMS}
    days {{ day {SUMS} }} projects {{ projectName {SUMS} }} models {{ provider model {SUMS} }}
  }}
}}"""
NONE = {"amount": "0.00", "exactness": "EXACT", "count": 0, "unknownCount": 0}


@pytest.fixture
async def frugal(tmp_path: Path, fal: FalEmulator) -> AsyncIterator[House]:
    """A house with fal.ai, where nobody may spend more than half a dollar a day."""
    async with running(fal) as url, open_house(tmp_path, url, daily_cap_usd="0.50") as house:
        yield house


def dump(house: House) -> dict[str, list[Any]]:
    """Read every row of every table, except where processes sign on."""
    connection = sqlite3.connect(house.folder / "graphapi.db")
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    rows = {
        name: connection.execute(f'SELECT * FROM "{name}"').fetchall()
        for name in tables
        if name not in {"workers", "leases"} and not name.startswith(("ix_", "sqlite_"))
    }
    connection.close()
    return rows


async def test_every_model_shows_what_it_charges_and_who_says_so(stranger: Person) -> None:
    cards = {model["id"]: model["priceCard"] for model in await stranger.read(CARDS)}
    pro = cards[FAL]
    assert (pro["unit"], pro["amount"], pro["currency"]) == ("IMAGE", "0.15", "USD")
    assert pro["exactness"] == "EXACT"
    assert "nano-banana-pro" in pro["source"]
    assert datetime.fromisoformat(pro["asOf"])
    assert pro["multipliers"] == [{"parameter": "resolution", "value": "4K", "factor": "2"}]
    assert pro["surcharges"] == []
    assert (cards[LOCAL]["amount"], cards[LOCAL]["exactness"]) == ("0.00", "EXACT")


async def test_an_unknown_price_is_never_shown_as_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path, analysis_models="some/strange-model") as house:
        models = await Person(house.http).read(CARDS)
    (card,) = [each["priceCard"] for each in models if each["id"] == "some/strange-model"]
    assert (card["amount"], card["exactness"]) == (None, "UNKNOWN")
    assert (card["source"], card["asOf"]) == (None, None)


async def test_a_plan_is_what_is_made_with_the_price_of_each_and_of_all(studio: House) -> None:
    ada = await studio.person("ada")
    image_id = await ada.add()
    plan = await ada.read(PLAN, id=image_id, count=3, model=FAL, ratio="RATIO_4_3")
    assert [item["price"]["amount"] for item in plan["items"]] == ["0.15"] * 3
    assert {item["aspectRatio"] for item in plan["items"]} == {"RATIO_4_3"}
    assert {(item["provider"], item["model"]) for item in plan["items"]} == {("fal", FAL)}
    assert plan["price"] == plan["items"][0]["price"] | {"amount": "0.45"}
    made = await ada.read(MAKE, id=image_id, count=3, model=FAL)
    assert [each["prompt"] for each in made["variations"]] == [
        item["prompt"] for item in plan["items"]
    ]
    assert made["price"] == plan["price"]
    assert [each["price"]["amount"] for each in made["variations"]] == ["0.15"] * 3


async def test_a_plan_of_nothing_costs_nothing(ada: Person) -> None:
    plan = await ada.read(PLAN, id=await ada.add(), count=0)
    assert plan["items"] == []
    assert plan["price"]["amount"] == "0.00"


async def test_a_plan_is_refused_as_previews_are(ada: Person, bob: Person) -> None:
    image_id = await ada.add()
    assert (await bob.refusal(PLAN, id=image_id, count=1))["code"] == "NOT_FOUND"
    for nobodys in NOBODYS:
        assert (await ada.refusal(PLAN, id=nobodys, count=1))["code"] == "NOT_FOUND"
    too_many = await ada.refusal(PLAN, id=image_id, count=13)
    assert (too_many["code"], too_many["reason"]) == ("BAD_USER_INPUT", "COUNT_OUT_OF_RANGE")
    unknown = await ada.refusal(PLAN, id=image_id, count=1, model="nobody/nothing")
    assert unknown["reason"] == "MODEL_UNKNOWN"


async def test_a_dry_run_answers_plan_and_price_and_leaves_no_trace(studio: House) -> None:
    ada = await studio.person("ada")
    image_id = await ada.add()
    before = dump(studio)
    assert sum(map(len, before.values())) > 4
    tried = await ada.read(MAKE, id=image_id, count=4, model=FAL, dryRun=True)
    assert dump(studio) == before
    assert tried["success"] is True
    assert tried["image"] == {"id": image_id, "aiStatus": None}
    assert (tried["variations"], tried["generation"]) == ([], None)
    assert tried["price"]["amount"] == "0.60"
    made = await ada.read(MAKE, id=image_id, count=4, model=FAL)
    assert dump(studio) != before
    assert made["plan"] == tried["plan"]


async def test_a_dry_run_is_refused_for_everything_that_the_run_is(
    frugal: House, fal: FalEmulator
) -> None:
    ada, bob = await frugal.person("ada"), await frugal.person("bob")
    image_id = await ada.add()
    before = dump(frugal)
    faults: list[dict[str, Any]] = [
        {"id": image_id, "count": 0},
        {"id": image_id, "count": 13},
        {"id": image_id, "count": 1, "model": "nobody/nothing"},
        {"id": image_id, "count": 4, "model": FAL},
        {"id": NOBODYS[0], "count": 1},
    ]
    for fault in faults:
        dry = await ada.user_error(MAKE, **fault, dryRun=True)
        assert dry == await ada.user_error(MAKE, **fault, dryRun=False)
    assert (await bob.user_error(MAKE, id=image_id, count=1, dryRun=True))["code"] == "NOT_FOUND"
    assert dump(frugal) == before
    assert fal.ledger.posts == []


async def test_a_cap_refuses_with_what_is_left_and_lets_what_is_free_pass(frugal: House) -> None:
    ada = await frugal.person("ada")
    image_id = await ada.add()
    assert (await ada.read(MAKE, id=image_id, count=3, model=FAL))["success"]
    refused = await ada.user_error(MAKE, id=image_id, count=1, model=FAL)
    assert refused["code"] == "BUDGET_EXCEEDED"
    assert "0.05 USD are left of your 0.50 USD a day" in refused["message"]
    assert (await ada.read(MAKE, id=image_id, count=12, model=LOCAL))["success"]
    spend = await ada.read(SPEND)
    assert (spend["dailyCap"], spend["leftToday"]) == ("0.50", "0.05")


async def test_a_cap_holds_for_what_is_spoken_and_refuses_what_nobody_can_price(
    frugal: House, fal: FalEmulator
) -> None:
    ada = await frugal.person("ada")
    long, short = "a" * 5001, "a" * 1000
    for dry in (True, False):
        refused = await ada.user_error(SAY, model=SPEAKS, text=long, dryRun=dry)
        assert refused["code"] == "BUDGET_EXCEEDED"
        assert "would cost 0.5001 USD, and 0.50 USD are left" in refused["message"]
    said = await ada.read(SAY, model=SPEAKS, text=short)
    assert said["price"] == {"amount": "0.10", "exactness": "ESTIMATE"}
    assert (await ada.read(SPEND))["leftToday"] == "0.40"
    heard = await ada.user_error(TRANSCRIBE, model=HEARS, storageId=await note(ada))
    assert heard["code"] == "BUDGET_EXCEEDED"
    assert "Nobody knows what this costs" in heard["message"]
    assert "GRAPHAPI_PRICES_FILE" in heard["message"]
    assert all(post.endpoint != HEARS for post in fal.ledger.posts)


async def test_a_price_of_the_servers_own_lets_a_transcription_pass_the_cap(
    tmp_path: Path, fal: FalEmulator
) -> None:
    cards = tmp_path / "prices.toml"
    cards.write_text(
        f'[[card]]\nmodels = ["{HEARS}"]\nunit = "CALL"\nunit_price = "0.02"\n'
        'source = "our bills"\nas_of = 2026-11-20\n'
    )
    fal.seconds = 0
    settings = {"daily_cap_usd": "0.03", "prices_file": str(cards)}
    async with running(fal) as url, open_house(tmp_path, url, **settings) as house:
        ada = await house.person("ada")
        source = await note(ada)
        heard = await ada.read(TRANSCRIBE, model=HEARS, storageId=source)
        assert heard["price"] == {"amount": "0.02", "exactness": "ESTIMATE"}
        refused = await ada.user_error(TRANSCRIBE, model=HEARS, storageId=source)
        assert "0.01 USD are left of your 0.03 USD a day" in refused["message"]
        await until_ended(ada, heard["recording"]["id"])
        settled = (await ada.read(SPEND))["settled"]
    assert (settled["amount"], settled["exactness"], settled["count"]) == ("0.02", "ESTIMATE", 1)


async def test_a_model_that_speaks_shows_its_price_for_a_thousand_characters(
    stranger: Person,
) -> None:
    cards = {model["id"]: model["priceCard"] for model in await stranger.read(CARDS)}
    speaks = cards[SPEAKS]
    assert (speaks["unit"], speaks["amount"]) == ("THOUSAND_CHARACTERS", "0.10")
    assert (speaks["exactness"], speaks["wholeUnits"]) == ("ESTIMATE", False)
    assert (cards[HEARS]["amount"], cards[HEARS]["exactness"]) == (None, "UNKNOWN")
    assert cards["fal-ai/flux/dev"]["wholeUnits"] is True


async def test_spending_shows_what_is_reserved_and_then_what_was_billed(
    frugal: House, fal: FalEmulator
) -> None:
    fal.seconds = 0
    ada = await frugal.person("ada")
    image_id = await ada.add(projectName="Nightfall")
    made = await ada.read(MAKE, id=image_id, count=2, model=FAL)
    await until_done(ada)
    spend = await ada.read(SPEND)
    two = {"amount": "0.30", "exactness": "EXACT", "count": 2, "unknownCount": 0}
    sums = {"settled": two, "reserved": NONE, "uncertain": NONE}
    assert {name: spend[name] for name in sums} == sums
    assert spend["currency"] == "USD"
    today = datetime.now(UTC).date().isoformat()
    assert spend["days"] == [{"day": today} | sums]
    assert spend["projects"] == [{"projectName": "Nightfall"} | sums]
    assert spend["models"] == [{"provider": "fal", "model": FAL} | sums]
    prices = "query ($id: ID!) { image(id: $id) { price { amount exactness source } } }"
    for variation in made["variations"]:
        price = (await ada.read(prices, id=variation["id"]))["price"]
        assert (price["amount"], price["exactness"]) == ("0.15", "EXACT")
        assert "billed" in price["source"]
    assert (await ada.read(prices, id=image_id))["price"] is None


async def test_spending_is_of_the_period_that_was_asked_for(ada: Person) -> None:
    await ada.vary(await ada.add(), 2)
    now = datetime.now(UTC)
    later = (now + timedelta(hours=1)).isoformat()
    earlier = (now - timedelta(hours=1)).isoformat()
    whole = await ada.read(SPEND, **{"from": earlier, "to": later})
    assert whole["settled"]["count"] + whole["reserved"]["count"] == 2
    assert (await ada.read(SPEND, **{"from": later, "to": later}))["days"] == []
    refused = await ada.refusal(SPEND, **{"from": later, "to": earlier})
    assert refused["reason"] == "INVALID_INPUT"


async def test_spending_is_ones_own(ada: Person, bob: Person, stranger: Person) -> None:
    await ada.vary(await ada.add(), 2)
    spend = await bob.read(SPEND)
    assert [spend[name] for name in ("settled", "reserved", "uncertain")] == [NONE] * 3
    assert (await stranger.refusal(SPEND))["code"] == "UNAUTHENTICATED"


async def test_the_prices_of_a_page_are_read_in_one_batch(house: House, ada: Person) -> None:
    image_id = await ada.add()
    await ada.vary(image_id, 12)
    reads = 0
    spendings = house.server.use_cases.spendings
    original = type(spendings).of_images

    async def counted(self: Any, *arguments: Any) -> Any:
        nonlocal reads
        reads += 1
        return await original(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(spendings), "of_images", counted)
        page = await ada.read("{ images(first: 20) { nodes { id price { amount } } } }")
    prices = [node["price"] for node in page["nodes"]]
    assert prices.count({"amount": "0.00"}) == 12
    assert prices.count(None) == 1
    assert reads == 1
