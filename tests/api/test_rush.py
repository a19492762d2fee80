"""What is scarce is never sold twice, with real server processes: one on SQLite, four on PostgreSQL."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from kernel.database import Database
from migrations import APPS
from points.verifying import verify_points
from rewards.verifying import verify_rewards
from tests.api.servers import Server, a_server
from tests.api.shoppers import a_counter_in, items_in, shoppers_of

ROUNDS = int(os.environ.get("JINPAI_RUSHES", "5"))
BUYERS = 500
SHAPES = [("sqlite", 1), ("postgres", 4)]

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module", params=SHAPES, ids=lambda shape: f"{shape[0]}-{shape[1]}")
def shape(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, int]:
    """A fresh database's URL, a folder, and how many server processes."""
    engine, workers = request.param
    folder = tmp_path_factory.mktemp("served")
    templates = request.getfixturevalue(f"{engine}_templates")
    url = templates.fresh(folder) if engine == "sqlite" else templates.fresh()
    return url, folder, workers


class Rush:
    """A server with many buyers before it."""

    def __init__(self, server: Server, buyers: list[str], items: list[str]) -> None:
        self.server = server
        self.buyers = buyers
        self.items = items

    def client(self) -> httpx.AsyncClient:
        """A client that opens a connection for each request, so that none waits for another."""
        limits = httpx.Limits(max_connections=BUYERS, max_keepalive_connections=0)
        return httpx.AsyncClient(base_url=self.server.base, limits=limits, timeout=120)

    async def order(self, client: httpx.AsyncClient, token: str, *items: str) -> httpx.Response:
        """One order, of one of each."""
        body = {"place": "LT01", "lines": [{"item": item} for item in items]}
        return await client.post("/api/v1/redemptions", json=body, headers={"Authorization": f"Bearer {token}"})

    async def step(self, client: httpx.AsyncClient, order: dict[str, Any], action: str) -> httpx.Response:
        """The street's clerk takes a step."""
        body = {"code": order["code"]["digits"]} if action == "collect" else {}
        path = f"/api/v1/redemptions/{order['id']}/{action}"
        return await client.post(path, json=body, headers=self.server.headers("street_admin"))

    async def sound(self) -> None:
        """Ledger, orders and stock agree."""
        database = await Database.open(self.server.url, APPS)
        try:
            assert await database.snapshot(verify_points) == []
            assert await database.snapshot(verify_rewards) == []
        finally:
            await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rush(shape: tuple[str, Path, int]) -> AsyncIterator[Rush]:
    url, folder, workers = shape
    server = await a_server(url, folder, workers=workers)
    database = await Database.open(url, APPS)
    try:
        await a_counter_in(database)
        buyers = await shoppers_of(database, BUYERS, points=100)
        items = await items_in(database, [f"RUSH-{number}" for number in range(ROUNDS)], price=1, stock=1)
    finally:
        await database.close()
    yield Rush(server, buyers, items)
    await server.stop()


def _code(answer: httpx.Response) -> str | None:
    return answer.json()["code"] if answer.status_code >= 400 else None


async def test_one_left_and_five_hundred_buyers_at_once_makes_one_winner(rush: Rush) -> None:
    for item in rush.items:
        async with rush.client() as client:
            answers = await asyncio.gather(*(rush.order(client, buyer, item) for buyer in rush.buyers))
        told = Counter((answer.status_code, _code(answer)) for answer in answers)
        assert told == {(201, None): 1, (409, "out_of_stock"): BUYERS - 1}
    await rush.sound()


async def test_cancel_racing_collect_double_cancel_and_double_collect_have_one_effect(rush: Rush) -> None:
    database = await Database.open(rush.server.url, APPS)
    try:
        [item] = await items_in(database, ["RACE"], price=1, stock=1_000)
    finally:
        await database.close()
    async with rush.client() as client:
        for actions in (("cancel", "collect"), ("cancel", "cancel"), ("collect", "collect")):
            placed = await asyncio.gather(*(rush.order(client, buyer, item) for buyer in rush.buyers[:20]))
            orders = [answer.json() for answer in placed]
            steps = [rush.step(client, order, action) for order in orders for action in actions]
            answers = await asyncio.gather(*steps)
            for at in range(0, len(answers), 2):
                pair = sorted(answer.status_code for answer in answers[at : at + 2])
                assert pair == [200, 409], [answer.text for answer in answers[at : at + 2]]
    await rush.sound()


async def test_a_balance_of_100_and_two_items_for_100_at_once_sells_one(rush: Rush) -> None:
    database = await Database.open(rush.server.url, APPS)
    try:
        items = await items_in(database, ["DEAR-1", "DEAR-2"], price=100, stock=1_000)
        buyers = await shoppers_of(database, 20, points=100, first=90_000)
    finally:
        await database.close()
    async with rush.client() as client:
        answers = await asyncio.gather(*(rush.order(client, buyer, item) for buyer in buyers for item in items))
    for at in range(0, len(answers), 2):
        pair = answers[at : at + 2]
        assert sorted(answer.status_code for answer in pair) == [201, 409]
        assert {answer.json()["code"] for answer in pair if answer.status_code == 409} == {"not_enough_points"}
    await rush.sound()
