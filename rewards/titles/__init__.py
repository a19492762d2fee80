"""Titles (称号): rounds with rules of their own, candidates computed from frozen inputs, notice, objections, awards."""
