"""Migrations of stewards."""
