"""Encode texts with one way of running a model, on one thread; prints CPU seconds and stores the embeddings.

Arguments: way (a name of `WAYS`), model folder, file of texts, how many, file for the embeddings (.npy).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def likewise_float32(folder: str) -> Any:
    """Ours as it comes."""
    from likewise import SentenceTransformer

    return SentenceTransformer(folder, device="cpu")


def likewise_bfloat16(folder: str) -> Any:
    """Ours with bfloat16 weights."""
    from likewise import SentenceTransformer

    return SentenceTransformer(folder, device="cpu", model_kwargs={"torch_dtype": "bfloat16"})


def likewise_int8(folder: str) -> Any:
    """Ours, calibrated int8."""
    model = likewise_float32(folder)
    model.quantize_int8()
    return model


def peer_float32(folder: str) -> Any:
    """The peer as it comes."""
    return _peer(folder)


def peer_bfloat16(folder: str) -> Any:
    """The peer with bfloat16 weights."""
    return _peer(folder, model_kwargs={"torch_dtype": "bfloat16"})


def openvino_float32(folder: str) -> Any:
    """The peer's OpenVINO backend."""
    return _openvino(folder, "f32")


def openvino_bfloat16(folder: str) -> Any:
    """The peer's OpenVINO backend, products in bfloat16."""
    return _openvino(folder, "bf16")


def onnx_int8(folder: str) -> Any:
    """The peer's ONNX backend, dynamic int8."""
    from onnxruntime import SessionOptions

    session = SessionOptions()
    session.intra_op_num_threads = session.inter_op_num_threads = 1
    found = sorted(Path(folder, "onnx", "onnx").glob("model_q*.onnx"))
    options = {"file_name": f"onnx/{found[0].name}", "session_options": session, "provider": "CPUExecutionProvider"}
    return _peer(f"{folder}/onnx", backend="onnx", model_kwargs=options)


def _openvino(folder: str, precision: str) -> Any:
    config = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": "1", "NUM_STREAMS": "1"}
    return _peer(f"{folder}/openvino", backend="openvino", model_kwargs={"ov_config": config})


def _peer(folder: str, **options: Any) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(folder, device="cpu", **options)


WAYS = {
    way.__name__: way
    for way in (
        likewise_float32,
        likewise_bfloat16,
        likewise_int8,
        peer_float32,
        peer_bfloat16,
        openvino_float32,
        openvino_bfloat16,
        onnx_int8,
    )
}


def main() -> None:
    """Encode the first `count` lines of a file; the caller runs this program several times."""
    way, folder, path, count, target = *sys.argv[1:4], int(sys.argv[4]), sys.argv[5]
    import numpy as np
    import torch

    torch.set_num_threads(1)
    with open(path, encoding="utf-8") as file:
        texts = [line.rstrip("\n") for _, line in zip(range(count), file, strict=False)]
    model = WAYS[way](folder)
    model.encode(texts[:1])
    start = time.process_time()
    embeddings = model.encode(texts)
    seconds = time.process_time() - start
    np.save(target, np.asarray(embeddings, dtype=np.float32))
    print(json.dumps({"encode_s": seconds, "rows": len(texts)}))


if __name__ == "__main__":
    main()
