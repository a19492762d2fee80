"""Evaluation (评价): street, community and residents judge, on several dimensions, with the uncertainty shown."""
