"""Log lines are JSON, carry the request's id and hold no personal data."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from kernel.logs import bind_request, configure_logging


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@contextmanager
def failing() -> Iterator[None]:
    try:
        yield
    except LookupError:
        structlog.get_logger("jinpai").exception("it.failed")


def test_lines_carry_the_requests_id_and_no_personal_data(
    logging_as_before: None, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("json")
    bind_request("0192-1")
    structlog.get_logger("jinpai").info("case.reported", case="2611230001", phone="000-0000-0001", name="王示例1")
    logging.getLogger("somewhere").warning("called %s at 138 0013 8000", "后院胡同")
    message = "no 000-0000-0002\nDETAIL:  Key (address)=(后院胡同 3 号)"
    with failing():
        raise LookupError(message)
    out, err = capsys.readouterr()
    assert out == ""
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in lines[:1]] == ["case.reported"]
    assert all(line["request_id"] == "0192-1" for line in lines)
    assert lines[0]["case"] == "2611230001"
    assert lines[2]["level"] == "error"
    for canary in ("000-0000-0001", "王示例1", "138 0013 8000", "000-0000-0002", "后院胡同 3 号"):
        assert canary not in err


def test_debug_lines_of_the_database_which_quote_rows_are_never_written(
    logging_as_before: None, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("console", level="DEBUG")
    logging.getLogger("tortoise.db_client").debug("INSERT … 王示例1")
    assert "王示例1" not in capsys.readouterr().err
