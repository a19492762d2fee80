"""Migration operations that close the gaps of Tortoise 1.1: real CHECKs, SQL per dialect, append-only tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from tortoise.migrations import operations as stock
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.schema_generator.state import ModelState


class CreateModel(stock.CreateModel):
    """CREATE TABLE with the CHECK and named UNIQUE constraints of the model, which the stock one drops (#2272)."""

    def state_forward(self, app_label: str, state: Any) -> None:
        """Remember the table as this migration describes it."""
        super().state_forward(app_label, state)
        self._keep_key(app_label, state)

    def describe_only(self, app_label: str, state: Any) -> tuple[str, str]:
        """The same without the models, which many tables in a row have rendered once after the last; its key there."""
        state.models[app_label, self.name] = ModelState.make_from_model(app_label, self.model)
        self._keep_key(app_label, state)
        return app_label, self.name

    def _keep_key(self, app_label: str, state: Any) -> None:
        # The stock operation names a one-to-one primary key by its relation and then finds it changed every time.
        named = (self.options or {}).get("pk_attr")
        if named:
            state.models[app_label, self.name].options["pk_attr"] = named

    async def database_forward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        """Create the table."""
        if not state_editor:
            return
        declared = []
        for constraint in (self.options or {}).get("constraints", ()):
            if isinstance(constraint, CheckConstraint):
                declared.append(f'CONSTRAINT "{constraint.name}" CHECK ({constraint.check})')
            elif isinstance(constraint, UniqueConstraint):
                columns = ", ".join(f'"{column}"' for column in constraint.fields)
                declared.append(f'CONSTRAINT "{constraint.name}" UNIQUE ({columns})')
        inner = state_editor._get_inner_statements
        state_editor._get_inner_statements = lambda: [*inner(), *declared]
        try:
            await super().database_forward(app_label, old_state, new_state, state_editor)
        finally:
            state_editor._get_inner_statements = inner


class DialectSQL(stock.Operation):
    """Whole statements for each dialect, sent one by one (the stock RunSQL splits on ';' inside triggers)."""

    reduces_to_sql = True

    def __init__(
        self, forward: Mapping[str, Sequence[str]], backward: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.forward = forward
        self.backward = backward or {}
        self.reversible = backward is not None

    def describe(self) -> str:
        """What the migration's output says."""
        return "Run SQL per dialect"

    def state_forward(self, app_label: str, state: Any) -> None:
        """SQL of one dialect changes no model."""

    async def _send(self, statements: Mapping[str, Sequence[str]], editor: Any) -> None:
        for statement in statements.get(editor.DIALECT, ()):
            if editor.collect_sql:
                editor.collected_sql.append(statement)
            else:
                await editor.client.execute_query(statement)

    async def database_forward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        """Send the statements of this dialect."""
        if state_editor:
            await self._send(self.forward, state_editor)

    async def database_backward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        """Send the statements that undo them."""
        if state_editor:
            await self._send(self.backward, state_editor)


_REFUSE_CHANGES = (
    "CREATE OR REPLACE FUNCTION jinpai_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
)


def append_only(*tables: str) -> DialectSQL:
    """Refuse UPDATE, DELETE and TRUNCATE of tables in the database itself.

    On SQLite this also stops INSERT OR REPLACE, as long as `PRAGMA recursive_triggers=ON` (kernel.database.connection
    sets it); PostgreSQL raises SQLSTATE 23514 so that drivers see an integrity error.
    """
    sqlite: list[str] = []
    postgres = [_REFUSE_CHANGES]
    undo_sqlite: list[str] = []
    undo_postgres: list[str] = []
    for table in tables:
        for verb in ("UPDATE", "DELETE"):
            trigger = f"{table}_no_{verb.lower()}"
            sqlite.append(
                f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
            undo_sqlite.append(f"DROP TRIGGER {trigger}")
        postgres.append(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION jinpai_append_only()"
        )
        undo_postgres.append(f"DROP TRIGGER {table}_append_only ON {table}")
    return DialectSQL({"sqlite": sqlite, "postgres": postgres}, {"sqlite": undo_sqlite, "postgres": undo_postgres})


_REFUSE_DELETION = (
    "CREATE OR REPLACE FUNCTION jinpai_keeps_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
)


def never_deleted(*tables: str) -> DialectSQL:
    """Refuse DELETE and TRUNCATE of tables whose rows change but stay, whatever refers to them (see append_only)."""
    named = [(table, f"{table}_no_delete") for table in tables]
    return DialectSQL(
        {
            "sqlite": [
                f"CREATE TRIGGER {trigger} BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} keeps its rows'); END"
                for table, trigger in named
            ],
            "postgres": [
                _REFUSE_DELETION,
                *(
                    f"CREATE TRIGGER {trigger} BEFORE DELETE OR TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION jinpai_keeps_rows()"
                    for table, trigger in named
                ),
            ],
        },
        {
            "sqlite": [f"DROP TRIGGER {trigger}" for _, trigger in named],
            "postgres": [f"DROP TRIGGER {trigger} ON {table}" for table, trigger in named],
        },
    )


def trusted_references(references: Mapping[str, Mapping[str, str]]) -> DialectSQL:
    """Let PostgreSQL trust references (column: table, by table) that their only writer and `jinpai verify` answer for.

    Each check of a foreign key reads and locks the row referred to, a fifth of a verified case. SQLite, where a
    check is a look in this process' own cache, keeps them, so that every test of a writer runs under them.
    """
    drop, again = [], []
    for table, targets in references.items():
        for column, target in targets.items():
            name = f"{table}_{column}_fkey"
            drop.append(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            again.append(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {target} "
                "ON DELETE RESTRICT"
            )
    return DialectSQL({"postgres": drop}, {"postgres": again})
