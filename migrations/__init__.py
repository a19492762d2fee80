"""Every package with tables, in the order in which their migrations run."""

import os

from kernel.database.connection import packages, tortoise_config

APPS = packages("kernel", "stewards", "points", "cases", "evaluation", "rewards")

# For Tortoise's own command: `tortoise -c migrations.TORTOISE makemigrations`.
TORTOISE = tortoise_config(os.environ.get("JINPAI_DATABASE_URL", "sqlite://var/jinpai.sqlite3"), APPS)
