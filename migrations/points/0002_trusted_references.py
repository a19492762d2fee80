"""What a credit refers to is not looked up again by PostgreSQL; in exchange nothing referred to is ever deleted."""

from tortoise import migrations

from kernel.database.operations import DialectSQL, never_deleted, trusted_references


def _of_few(table: str, name: str, column: str) -> DialectSQL:
    """A unique index of a column that hardly any row has, on PostgreSQL without the rows that lack it."""
    return DialectSQL(
        {
            "postgres": [
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
                f"CREATE UNIQUE INDEX {name} ON {table} ({column}) WHERE {column} IS NOT NULL",
            ]
        },
        {
            "postgres": [
                f"DROP INDEX {name}",
                f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({column})",
            ]
        },
    )


class Migration(migrations.Migration):
    dependencies = [("points", "0001_initial")]

    initial = False

    operations = [
        never_deleted("points_account", "points_lot", "points_cap_window"),
        trusted_references(
            {
                "points_transfer": {
                    "operation_id": "points_operation",
                    "from_account_id": "points_account",
                    "to_account_id": "points_account",
                },
                "points_lot": {"transfer_id": "points_transfer", "account_id": "points_account"},
                "points_lot_allocation": {"lot_id": "points_transfer", "transfer_id": "points_transfer"},
                "points_award": {"rule_version_id": "points_rule_version", "operation_id": "points_operation"},
                "points_cap_use": {"award_id": "points_award", "window_id": "points_cap_window"},
            }
        ),
        _of_few("points_operation", "points_operation_reversed_once", "reverses_id"),
        _of_few("points_award", "points_award_reversed_once", "reverses_id"),
    ]
