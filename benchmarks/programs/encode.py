"""Encode texts with one package; prints CPU seconds of loading and of encoding. Arguments: package model file count."""

from __future__ import annotations

import json
import sys
import time


def main() -> None:
    """Encode the first `count` lines of a file."""
    package, model_name, path, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    with open(path, encoding="utf-8") as file:
        texts = [line.rstrip("\n") for _, line in zip(range(count), file, strict=False)]
    start = time.process_time()
    model = __import__(package).SentenceTransformer(model_name, device="cpu")
    model.encode(texts[:1])
    loaded = time.process_time()
    embeddings = model.encode(texts)
    done = time.process_time()
    assert embeddings.shape[0] == len(texts)
    print(json.dumps({"load_s": loaded - start, "encode_s": done - loaded, "rows": len(texts)}))


if __name__ == "__main__":
    main()
