"""Encode one short text again and again; prints the median CPU milliseconds. Arguments: package, model folder."""

from __future__ import annotations

import json
import statistics
import sys
import time

CALLS = 200


def main() -> None:
    """Warm up, then measure each call."""
    model = __import__(sys.argv[1]).SentenceTransformer(sys.argv[2], device="cpu")
    seconds = []
    for call in range(CALLS + 20):
        begun = time.process_time()
        model.encode(f"how do I undo commit number {call}")
        seconds.append(time.process_time() - begun)
    print(json.dumps({"latency_ms": 1000 * statistics.median(seconds[20:])}))


if __name__ == "__main__":
    main()
