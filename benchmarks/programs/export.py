"""Export a local model for ONNX Runtime (dynamic int8) and OpenVINO with the peer package; no hub is asked.

Arguments: model folder, folder to write, kind of processor that the int8 weights are for ("avx2", "avx512_vnni").
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Write `openvino` and `onnx` below the folder, each a complete model."""
    from sentence_transformers import SentenceTransformer, export_dynamic_quantized_onnx_model

    source, target, processor = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    for backend in ("openvino", "onnx"):
        model = SentenceTransformer(source, device="cpu", backend=backend, model_kwargs={"export": True})
        model.save_pretrained(str(target / backend))
        if backend == "onnx":
            export_dynamic_quantized_onnx_model(model, processor, str(target / backend))


if __name__ == "__main__":
    main()
