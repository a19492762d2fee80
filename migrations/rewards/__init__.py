"""Migrations of rewards."""
