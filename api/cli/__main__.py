"""`python -m api.cli`: the same as `jinpai`."""

from api.cli import main

if __name__ == "__main__":
    main()
