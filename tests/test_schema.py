"""What the models declare stands in both real databases, and no migration is missing.

Tortoise drops declared constraints from the tables it first creates, so nothing here is taken on trust.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import pytest
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from kernel.database import Database, Reader
from migrations import APPS

ROOT = Path(__file__).parents[1]
APPEND_ONLY = {
    "kernel_audit",
    "cases_event",
    "evaluation_close",
    "evaluation_guard_run",
    "evaluation_hold_review",
    "evaluation_scheme_version",
    "evaluation_score",
    "points_award",
    "points_cap_use",
    "points_level_bar",
    "points_level_change",
    "points_lot_allocation",
    "points_multiplier",
    "points_operation",
    "points_rule_version",
    "points_settlement",
    "points_grant_check",
    "points_budget_move",
    "points_report_month",
    "points_report_sum",
    "points_transfer",
    "rewards_board_close",
    "rewards_desk_act",
    "rewards_order_event",
    "rewards_price",
    "rewards_stock_move",
    "rewards_title_inputs",
    "rewards_title_notice",
    "rewards_title_review",
    "rewards_title_snapshot",
    "rewards_title_team",
    "rewards_title_team_award",
    "rewards_title_team_member",
    "stewards_setting_change",
}

NEVER_DELETED = {"cases_case", "points_account", "points_cap_window", "points_lot"}
TRUSTED = {
    # What PostgreSQL does not look up: `jinpai verify` does, and what is referred to refuses to be deleted.
    "cases_event": {"case_id"},
    "points_award": {"rule_version_id", "operation_id"},
    "points_cap_use": {"award_id", "window_id"},
    "points_lot": {"transfer_id", "account_id"},
    "points_lot_allocation": {"lot_id", "transfer_id"},
    "points_transfer": {"operation_id", "from_account_id", "to_account_id"},
}


def models() -> list[type[Model]]:
    found = []
    for app in APPS:
        module = import_module(app.models)
        found += [
            thing
            for thing in vars(module).values()
            if isinstance(thing, type) and issubclass(thing, Model) and thing.__module__.partition(".")[0] == app.label
        ]
    return found


@dataclass
class Table:
    """What stands in a database: unique sets of columns, plain indexes, foreign keys, CHECK names, nullable columns."""

    unique: set[tuple[str, ...]] = field(default_factory=set)
    indexes: set[tuple[str, ...]] = field(default_factory=set)
    references: set[tuple[str, str, str]] = field(default_factory=set)
    checks: set[str] = field(default_factory=set)
    nullable: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)


def _column(model: type[Model], name: str) -> str:
    return model._meta.fields_db_projection.get(name, name)


def _columns(model: type[Model], names: object) -> tuple[str, ...]:
    fields = getattr(names, "fields", names)
    return tuple(_column(model, f"{name}_id" if name in model._meta.fk_fields else name) for name in fields)


def declared(model: type[Model]) -> Table:
    """What a model says of its table."""
    meta, table = model._meta, Table()
    for name, column in meta.fields_db_projection.items():
        kind = meta.fields_map[name]
        table.columns.add(column)
        if kind.null:
            table.nullable.add(column)
        if kind.unique or kind.pk:
            table.unique.add((column,))
        elif kind.index:
            table.indexes.add((column,))
    for name in (*meta.fk_fields, *meta.o2o_fields):
        relation = meta.fields_map[name]
        if relation.unique:
            table.unique.add((relation.source_field or f"{name}_id",))
        target = f"{relation.related_model._meta.db_table}"
        table.references.add((relation.source_field or f"{name}_id", target, relation.on_delete.value))
    for constraint in meta.constraints:
        if isinstance(constraint, CheckConstraint):
            table.checks.add(constraint.name)
        elif isinstance(constraint, UniqueConstraint):
            table.unique.add(_columns(model, constraint.fields))
    table.unique |= {_columns(model, names) for names in meta.unique_together}
    table.indexes |= {_columns(model, names) for names in meta.indexes}
    return table


async def real_in_sqlite(reader: Reader, name: str) -> Table:
    table = Table()
    for column in await reader.fetch(f"PRAGMA table_info({name})"):
        table.columns.add(column["name"])
        if not column["notnull"] and not column["pk"]:
            table.nullable.add(column["name"])
        if column["pk"]:
            table.unique.add((column["name"],))
    for index in await reader.fetch(f"PRAGMA index_list({name})"):
        columns = tuple(row["name"] for row in await reader.fetch(f"PRAGMA index_info({index['name']})"))
        (table.unique if index["unique"] else table.indexes).add(columns)
    for key in await reader.fetch(f"PRAGMA foreign_key_list({name})"):
        table.references.add((key["from"], key["table"], key["on_delete"]))
    sql = (await reader.fetch("SELECT sql FROM sqlite_master WHERE name = $1", name))[0]["sql"]
    words = sql.split()
    table.checks = {
        words[at + 1].strip('"')
        for at, word in enumerate(words[:-2])
        if word == "CONSTRAINT" and words[at + 2] == "CHECK"
    }
    return table


async def real_in_postgres(reader: Reader, name: str) -> Table:
    table = Table()
    for column in await reader.fetch(
        "SELECT column_name, is_nullable FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = $1",
        name,
    ):
        table.columns.add(column["column_name"])
        if column["is_nullable"] == "YES":
            table.nullable.add(column["column_name"])
    for index in await reader.fetch(
        "SELECT i.indisunique AS is_unique, "
        "(SELECT string_agg(a.attname::text, ',' ORDER BY k.at) FROM unnest(i.indkey) WITH ORDINALITY k(n, at) "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n) AS columns "
        "FROM pg_index i WHERE i.indrelid = $1::text::regclass",
        name,
    ):
        (table.unique if index["is_unique"] else table.indexes).add(tuple(index["columns"].split(",")))
    actions = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "a": "NO ACTION", "d": "SET DEFAULT"}
    for key in await reader.fetch(
        "SELECT a.attname::text AS source, c.confrelid::regclass::text AS target, c.confdeltype::text AS action "
        "FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        "WHERE c.contype = 'f' AND c.conrelid = $1::text::regclass",
        name,
    ):
        table.references.add((key["source"], key["target"], actions[key["action"]]))
    for check in await reader.fetch(
        "SELECT conname::text AS name FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::text::regclass", name
    ):
        table.checks.add(check["name"])
    return table


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
async def test_every_declared_constraint_index_and_key_stands_in_the_real_table(
    database: Database, model: type[Model]
) -> None:
    reader = await database.reader()
    name, wanted = model._meta.db_table, declared(model)
    real = await (real_in_sqlite if database.dialect == "sqlite" else real_in_postgres)(reader, name)
    assert real.columns == wanted.columns
    assert real.nullable == wanted.nullable
    assert real.checks == wanted.checks
    assert real.unique == wanted.unique
    assert wanted.indexes <= real.indexes
    trusted = TRUSTED.get(name, set()) if database.dialect == "postgres" else set()
    assert real.references == {one for one in wanted.references if one[0] not in trusted}


def test_what_is_trusted_to_be_there_is_never_deleted() -> None:
    by_name = {model._meta.db_table: model for model in models()}
    for table, columns in TRUSTED.items():
        targets = {target for column, target, _ in declared(by_name[table]).references if column in columns}
        assert targets <= APPEND_ONLY | NEVER_DELETED


async def test_foreign_keys_never_delete_what_they_point_from(database: Database) -> None:
    reader = await database.reader()
    read = real_in_sqlite if database.dialect == "sqlite" else real_in_postgres
    for model in models():
        real = await read(reader, model._meta.db_table)
        assert {action for _, _, action in real.references} <= {"RESTRICT"}, model.__name__


async def test_tables_refuse_to_be_deleted_from_and_the_append_only_ones_to_be_updated(database: Database) -> None:
    reader = await database.reader()
    if database.dialect == "sqlite":
        rows = await reader.fetch("SELECT tbl_name AS tbl, sql AS body FROM sqlite_master WHERE type = 'trigger'")
        verbs = ("BEFORE DELETE",)
    else:
        rows = await reader.fetch(
            "SELECT tgrelid::regclass::text AS tbl, pg_get_triggerdef(oid) AS body "
            "FROM pg_trigger WHERE NOT tgisinternal"
        )
        verbs = ("DELETE", "TRUNCATE")
    bodies: dict[str, str] = {}
    for row in rows:
        bodies[row["tbl"]] = bodies.get(row["tbl"], "") + row["body"]
    assert set(bodies) == APPEND_ONLY | NEVER_DELETED
    for table, body in bodies.items():
        assert all(verb in body for verb in verbs), table
        assert ("UPDATE" in body) == (table in APPEND_ONLY), table
        assert ("append_only" in body or "append-only" in body) == (table in APPEND_ONLY), table


async def test_there_is_no_table_that_no_model_declares(database: Database) -> None:
    reader = await database.reader()
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        "postgres": "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()",
    }[database.dialect]
    names = {row["name"] for row in await reader.fetch(sql)} - {"tortoise_migrations"}
    assert names == {model._meta.db_table for model in models()}


def test_no_model_has_changed_since_its_last_migration(tmp_path: Path) -> None:
    for package in ("kernel", "migrations", *(app.label for app in APPS)):
        shutil.copytree(ROOT / package, tmp_path / package, dirs_exist_ok=True)
    before = sorted(tmp_path.glob("migrations/*/*.py"))
    made = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from tortoise.cli import main; sys.exit(main())",
            "-c",
            "migrations.TORTOISE",
            "makemigrations",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert sorted(tmp_path.glob("migrations/*/*.py")) == before, made.stdout
