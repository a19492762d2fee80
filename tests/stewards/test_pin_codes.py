"""A code to the phone on file sets a new PIN: once, for ten minutes and five tries, and never tells who is known."""

import asyncio
import http.server
import json
import logging
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from kernel.database import Database
from kernel.outbox import Dispatcher
from kernel.outbox_outside import OutsideDispatcher
from kernel.settings import SettingsFault, load_settings
from kernel.throttle import Throttled
from stewards.code_senders import CodeMessage, ConsoleSender, WebhookSender, sender_of, signature_of
from stewards.inbox import read_inbox
from stewards.pin_codes import TRIES, CodeRefused, ask_for_code, code_handlers, code_handovers, forget_codes
from stewards.pin_reset import reset_pin
from stewards.refusals import PinTooEasy
from stewards.sessions import authenticate_session
from stewards.sign_in import set_pin, sign_in_steward
from stewards.sign_in_budgets import OF_CODES
from tests.stewards.builders import NOON, a_district, a_steward, a_visit, count

KEY = "a secret of tests that is long enough"
PIN, OTHER_PIN = "730418", "962840"
PHONE = "000-0000-0001"


class Kept:
    """A sender that keeps what it is given, or refuses so many times first."""

    def __init__(self, refusing: int = 0) -> None:
        self.messages: list[CodeMessage] = []
        self.refusing = refusing

    async def send(self, message: CodeMessage, *, now: datetime) -> None:
        if self.refusing:
            self.refusing -= 1
            raise ConnectionError
        assert now < message.expires_at
        self.messages.append(message)

    @property
    def code(self) -> str:
        return self.messages[-1].code


async def delivered(database: Database, clock: FixedClock, sender: Kept) -> None:
    dispatcher = Dispatcher(database, code_handlers(KEY), clock)
    while await dispatcher.deliver_due():
        pass
    await OutsideDispatcher(database, code_handovers(database, sender, KEY), clock).deliver_due()


async def asked(database: Database, clock: FixedClock, sender: Kept, number: str = "0140001") -> None:
    await ask_for_code(database, number, visit=a_visit(clock), secret_key=KEY)
    await delivered(database, clock, sender)


async def reset(database: Database, clock: FixedClock, code: str, pin: str = PIN, number: str = "0140001") -> str:
    opened = await reset_pin(database, number, code, pin, visit=a_visit(clock), secret_key=KEY)
    return opened.secret


async def test_a_code_sets_the_pin_ends_what_was_open_and_is_used_once(database: Database, clock: FixedClock) -> None:
    [zhao] = await a_district(database, a_steward(phone=PHONE))
    sender = Kept()
    await asked(database, clock, sender)
    first = await reset(database, clock, sender.code)
    used = sender.code
    await asked(database, clock, sender)
    second = await reset(database, clock, f" {sender.code} ", OTHER_PIN)
    reader = await database.reader()
    assert await authenticate_session(reader, first, now=clock.now()) is None
    caller = await authenticate_session(reader, second, now=clock.now())
    assert caller is not None
    assert caller.steward_id == zhao
    for code in (used, sender.code):
        with pytest.raises(CodeRefused):
            await reset(database, clock, code)
    await sign_in_steward(database, "0140001", OTHER_PIN, visit=a_visit(clock))
    inbox, _ = await read_inbox(reader, zhao, limit=9)
    assert [entry.code for entry in inbox] == ["pin_reset", "pin_reset"]
    [phone] = {message.phone for message in sender.messages}
    assert (phone, sender.code in sender.messages[-1].text) == (PHONE, True)


async def test_of_two_at_once_with_one_code_one_gets_in(database: Database, clock: FixedClock) -> None:
    await a_district(database, a_steward(phone=PHONE))
    sender = Kept()
    await asked(database, clock, sender)
    both = await asyncio.gather(
        reset(database, clock, sender.code), reset(database, clock, sender.code, OTHER_PIN), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in both) == ["CodeRefused", "str"]


async def test_five_wrong_tries_or_ten_minutes_end_a_code(database: Database, clock: FixedClock) -> None:
    await a_district(database, a_steward(phone=PHONE), a_steward("0140002", name="钱样本", phone="000-0000-0002"))
    sender = Kept()
    await asked(database, clock, sender)
    for _ in range(3):
        with pytest.raises(PinTooEasy):
            await reset(database, clock, sender.code, "123456")  # takes no try
    wrong = f"{(int(sender.code) + 1) % 10**6:06}"
    for _ in range(TRIES):
        with pytest.raises(CodeRefused):
            await reset(database, clock, wrong)
    clock.at += timedelta(minutes=9)
    with pytest.raises((CodeRefused, Throttled)):
        await reset(database, clock, sender.code)
    await asked(database, clock, sender, "0140002")
    clock.at += timedelta(minutes=11)
    with pytest.raises(CodeRefused):
        await reset(database, clock, sender.code, number="0140002")
    assert await database.run(lambda tx: forget_codes(tx, now=clock.now())) == 2


async def test_who_has_no_phone_or_does_not_exist_gets_no_code_and_the_same_answer(
    database: Database, clock: FixedClock
) -> None:
    await a_district(database, a_steward(), a_steward("0140002", name="钱样本", phone=PHONE))
    sender = Kept()
    for number in ("0140001", "9999999", "\U0001f600", "甲\u202e", "x" * 200, "a\0b"):
        await asked(database, clock, sender, number)
        with pytest.raises(CodeRefused):
            await reset(database, clock, "123455", number=number)
    assert sender.messages == []
    assert await count(database, "stewards_pin_code") == 0
    rows = await (await database.reader()).fetch("SELECT payload FROM kernel_outbox")
    assert all("0140001" not in row["payload"] for row in rows)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_asking_and_trying_take_the_same_statements_for_known_and_unknown_numbers(
    database: Database, clock: FixedClock
) -> None:
    await a_district(database, a_steward(phone=PHONE))
    sender = Kept()
    connection: Any = database.client._connection
    work: dict[str, list[str]] = {}
    for number in ("9900009", "0140001", "9900000"):
        heard: list[str] = []
        await connection.set_trace_callback(heard.append)
        await ask_for_code(database, number, visit=a_visit(clock), secret_key=KEY)
        await connection.set_trace_callback(None)
        await delivered(database, clock, sender)
        await connection.set_trace_callback(heard.append)
        with pytest.raises(CodeRefused):
            await reset(database, clock, "123455", number=number)
        await connection.set_trace_callback(None)
        work[number] = [re.sub(r"'[^']*'|\d+", "?", statement) for statement in heard]
    assert len(sender.messages) == 1
    assert work["0140001"] == work["9900000"]
    assert len(work["0140001"]) > 10


async def test_when_tries_cannot_be_counted_nobody_gets_in(database: Database, clock: FixedClock) -> None:
    [zhao] = await a_district(database, a_steward(phone=PHONE))
    await set_pin(database, zhao, OTHER_PIN, by=SYSTEM, clock=clock)
    sender = Kept()
    await asked(database, clock, sender)
    await database.run(lambda tx: tx.execute("ALTER TABLE kernel_budget RENAME TO kernel_budget_gone"))
    for door in (
        sign_in_steward(database, "0140001", OTHER_PIN, visit=a_visit(clock)),
        reset_pin(database, "0140001", sender.code, PIN, visit=a_visit(clock), secret_key=KEY),
        ask_for_code(database, "0140001", visit=a_visit(clock), secret_key=KEY),
    ):
        with pytest.raises(Exception, match="kernel_budget"):
            await door
    assert await count(database, "stewards_session") == 0


async def test_codes_of_one_number_are_few(database: Database, clock: FixedClock) -> None:
    await a_district(database, a_steward(phone=PHONE))
    sender = Kept()
    for number in ("0140001", "9999999"):
        for _ in range(OF_CODES[-1].limit):
            await asked(database, clock, sender, number)
        with pytest.raises(Throttled):
            await asked(database, clock, sender, number)
    assert len(sender.messages) == OF_CODES[-1].limit
    with pytest.raises(CodeRefused):  # a newer code ends the one before
        await reset(database, clock, sender.messages[0].code)


async def test_what_was_not_taken_is_sent_again_until_the_code_has_run_out(
    database: Database, clock: FixedClock
) -> None:
    await a_district(database, a_steward(phone=PHONE))
    sender = Kept(refusing=2)
    await asked(database, clock, sender)
    for _ in range(3):
        clock.at += timedelta(seconds=30)
        await delivered(database, clock, sender)
    assert len(sender.messages) == 1
    await reset(database, clock, sender.code)
    late = Kept(refusing=1)
    await asked(database, clock, late)
    clock.at += timedelta(minutes=11)
    await delivered(database, clock, late)
    await delivered(database, clock, late)
    assert late.messages == []
    waiting = "SELECT count(*) AS n FROM kernel_outbox WHERE handled_at IS NULL"
    row = await (await database.reader()).fetch_one(waiting)
    assert row is not None
    assert row["n"] == 0


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A web server that keeps what is posted to it, and sends elsewhere or fails where its path says so."""
    heard: list[tuple[dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response({"/elsewhere": 302, "/fails": 500}.get(self.path, 204))
            self.send_header("Location", "/codes")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    thread.join()
    server.server_close()


A_MESSAGE = CodeMessage(
    id=UUID(int=7), phone=PHONE, number="0140001", code="407193", expires_at=NOON + timedelta(minutes=10), text="…"
)


async def test_a_webhook_is_signed_over_id_time_and_body(
    receiver: tuple[str, list[tuple[dict[str, str], bytes]]],
) -> None:
    base, heard = receiver
    await WebhookSender(f"{base}/codes", KEY).send(A_MESSAGE, now=NOON)
    [(headers, body)] = heard
    assert (json.loads(body)["phone"], json.loads(body)["code"]) == (PHONE, "407193")
    assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    expected = signature_of(KEY.encode(), headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == expected
    for path in ("/fails", "/elsewhere"):
        with pytest.raises(Exception, match="HTTPError"):
            await WebhookSender(f"{base}{path}", KEY).send(A_MESSAGE, now=NOON)
    assert len(heard) == 3  # nothing followed the redirection


async def test_the_console_shows_a_code_and_the_log_does_not(caplog: pytest.LogCaptureFixture) -> None:
    shown: list[str] = []
    with caplog.at_level(logging.DEBUG):
        await ConsoleSender(shown.append).send(A_MESSAGE, now=NOON)
    assert shown == ["0140001: 407193\n"]
    assert "407193" not in caplog.text


def test_a_sender_is_chosen_by_settings_that_are_checked() -> None:
    assert sender_of(load_settings()) is None
    assert isinstance(sender_of(load_settings(code_sender="console")), ConsoleSender)
    webhook = {"code_sender": "webhook", "code_webhook_url": "https://sms.example/codes", "code_webhook_secret": KEY}
    assert isinstance(sender_of(load_settings(**webhook)), WebhookSender)
    for wrong in (
        {"code_sender": "pigeon"},
        {**webhook, "code_webhook_url": "http://sms.example/codes"},
        {**webhook, "code_webhook_secret": "short"},
    ):
        with pytest.raises(SettingsFault):
            load_settings(**wrong)
