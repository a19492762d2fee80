"""Databases that only the kernel's tests need."""

import pytest

from tests.databases import PostgresTemplates


@pytest.fixture
def empty_postgres_url(postgres_templates: PostgresTemplates) -> str:
    """The URL of a PostgreSQL database without tables."""
    return postgres_templates.empty()


@pytest.fixture
def postgres_url(postgres_templates: PostgresTemplates) -> str:
    """The URL of a migrated PostgreSQL database, for what SQLite has no counterpart of."""
    return postgres_templates.fresh()
