"""Importing sheets."""
