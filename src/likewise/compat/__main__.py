"""`python -m likewise.compat SCRIPT [ARGS...]` and `python -m likewise.compat -m MODULE [ARGS...]`."""

import sys

from likewise.compat.run import main

if __name__ == "__main__":
    main(sys.argv[1:])
