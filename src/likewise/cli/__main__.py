"""`python -m likewise.cli`: the same as the command `likewise`."""

from likewise.cli.main import run

if __name__ == "__main__":
    run()
