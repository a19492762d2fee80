"""A step locks its case, which PostgreSQL need not look up again for the event; in exchange no case is ever deleted."""

from tortoise import migrations

from kernel.database.operations import never_deleted, trusted_references


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_sightings")]

    initial = False

    operations = [
        never_deleted("cases_case"),
        trusted_references({"cases_event": {"case_id": "cases_case"}}),
    ]
