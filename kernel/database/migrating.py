"""Bringing the schema to the newest migration, one process at a time."""

import asyncio
import fcntl
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

import asyncpg
from tortoise.context import _current_context
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.operations import Operation
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.transactions import in_transaction

from kernel.database.connection import App, Database
from kernel.database.operations import CreateModel, DialectSQL

_LOCK = 7_104_201_117  # any number that is ours; pg_advisory_lock keys are per database


async def migrate(url: str, apps: Sequence[App]) -> list[str]:
    """Apply every migration that is missing, oldest first; answers their names. Safe to run twice or at once.

    Tortoise takes no lock round its migrations, so this does: an advisory lock on PostgreSQL, a lock file beside an
    SQLite database.

    Raises:
        ValueError: the URL is neither sqlite:// nor postgres://.

    """
    database = await Database.open(url, apps, pool_size=2)
    applied: list[str] = []
    try:
        async with _one_at_a_time(database):
            _current_context.set(database._context)
            executor = MigrationExecutor(database.client, database.config["apps"])
            await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
            plan = await executor.plan([MigrationTarget(app_label=app.label, name="__latest__") for app in apps])
            if not plan:
                return applied
            known = set(await executor.recorder.applied_migrations())
            state = await executor._project_state(known)
            for step in plan:
                await _apply(database, executor, step, state)
                applied.append(f"{step.migration.app_label}.{step.migration.name}")
    finally:
        await database.close()
    return applied


def _lock_beside(file_path: str) -> IO[str]:
    lock = Path(file_path + ".migrating").open("w")  # noqa: SIM115 - the caller closes it
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


async def _apply(database: Database, executor: MigrationExecutor, step: PlanStep, state: State) -> None:
    # Tortoise's own `migrate` records a migration after its transaction: a process that dies between the two leaves
    # tables that the next run creates again and fails on.
    async with in_transaction(database.dialect) as client:
        editor = executor._schema_editor(atomic=True)
        editor.client = client
        first = list(itertools.takewhile(_describes_itself, step.migration.operations))
        await _create(first, step.migration.app_label, state, editor)
        step.migration.operations = step.migration.operations[len(first) :]
        await step.migration.apply(state, dry_run=False, schema_editor=editor)
        await MigrationRecorder(client).record_applied(step.migration.app_label, step.migration.name)


def _describes_itself(operation: Operation) -> bool:
    return isinstance(operation, CreateModel | DialectSQL)


async def _create(operations: Sequence[Operation], app_label: str, state: State, editor: BaseSchemaEditor) -> None:
    # Tortoise renders every model there is again for each new table: for the first tables of a district that is all of
    # the time. New tables change no other, so all of them are rendered once.
    state.reload_models(
        [operation.describe_only(app_label, state) for operation in operations if isinstance(operation, CreateModel)]
    )
    for operation in operations:
        await operation.database_forward(app_label, state, state, editor)


async def missing_migrations(database: Database, apps: Sequence[App]) -> list[str]:
    """The names of the migrations that this version has and the database lacks; its tables must not be used then."""
    executor = MigrationExecutor(database.client, database.config["apps"])
    plan = await executor.plan([MigrationTarget(app_label=app.label, name="__latest__") for app in apps])
    return [f"{step.migration.app_label}.{step.migration.name}" for step in plan]


@asynccontextmanager
async def _one_at_a_time(database: Database) -> AsyncIterator[None]:
    credentials = database.config["connections"][database.dialect]["credentials"]
    if database.dialect == "sqlite":
        lock = await asyncio.to_thread(_lock_beside, credentials["file_path"])
        try:
            yield
        finally:
            lock.close()
        return
    # A connection of its own: the pool may hand the next statement to another one.
    connection = await asyncpg.connect(
        host=credentials["host"],
        port=credentials["port"],
        user=credentials["user"],
        password=credentials["password"],
        database=credentials["database"],
        ssl=credentials.get("ssl"),
    )
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        if credentials["schema"]:
            await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{credentials["schema"]}"')
        yield
    finally:
        await connection.close()
