"""The command line, `jinpai`: data on stdout, progress and errors on stderr.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly done.
"""


def main() -> None:
    """Run the command that the arguments name, and end the process with its exit code."""
    from api.cli.commands import app

    app()
