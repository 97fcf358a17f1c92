"""Encode texts with one package; prints CPU seconds of loading and of encoding.

Arguments: package, model folder, file of texts, how many, and optionally JSON keyword arguments of the constructor.
"""

from __future__ import annotations

import json
import sys
import time


def main() -> None:
    """Encode the first `count` lines of a file; the caller runs this program several times."""
    package, model_name, path, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    options = json.loads(sys.argv[5]) if len(sys.argv) > 5 else {}
    with open(path, encoding="utf-8") as file:
        texts = [line.rstrip("\n") for _, line in zip(range(count), file, strict=False)]
    start = time.process_time()
    model = __import__(package).SentenceTransformer(model_name, device="cpu", **options)
    model.encode(texts[:1])
    loaded = time.process_time()
    embeddings = model.encode(texts) if count > 1 else model.encode(texts[:1])
    done = time.process_time()
    if embeddings.shape[0] != len(texts):
        raise SystemExit(f"{embeddings.shape[0]} embeddings of {len(texts)} texts")
    print(json.dumps({"load_s": loaded - start, "encode_s": done - loaded, "rows": len(texts)}))


if __name__ == "__main__":
    main()
