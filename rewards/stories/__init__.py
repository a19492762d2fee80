"""Honour beyond points (精神层面): stories that are told with consent, residents' thanks, the wall of titles."""
