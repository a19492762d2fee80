"""Boards (榜): who leads by what, where and when, with the truth in SQL and ranks that follow it."""
