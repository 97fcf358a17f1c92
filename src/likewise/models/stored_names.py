"""Names of weights in files that differ from those in the model, and weights that a file holds joined. No tensors.

NomicBERT and GTE are stored under the names of the code that they were first published with, by transformers as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final


@final
@dataclass(frozen=True, slots=True)
class StoredNames:
    """How a file spells the names of one architecture.

    Args:
        prefix: What stands before all names of some files.
        renames: Part of a stored name, with its dots, to that of the model's name.
        joint: Likewise of a weight that stands for several, which lie on top of each other.
    """

    prefix: str = ""
    renames: Mapping[str, str] = field(default_factory=dict)
    joint: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def own(self, name: str) -> tuple[str, ...]:
        """Translate a name of a file.

        Args:
            name: In either spelling.

        Returns:
            The model's names for it; several if it is a joint weight.

        Example:
            >>> StoredNames(joint={".qkv.": (".q.", ".k.", ".v.")}).own("layers.0.qkv.weight")
            ('layers.0.q.weight', 'layers.0.k.weight', 'layers.0.v.weight')
        """
        dotted = f".{name.removeprefix(self.prefix)}"
        for stored, own in self.renames.items():
            dotted = dotted.replace(stored, own, 1)
        for stored, parts in self.joint.items():
            if stored in dotted:
                return tuple(dotted.replace(stored, part, 1)[1:] for part in parts)
        return (dotted[1:],)

    def stored(self, name: str) -> tuple[str, int]:
        """Translate a name of the model.

        Args:
            name: The model's name.

        Returns:
            The file's name, without the prefix, and which part of a joint weight it is (0 for others).
        """
        dotted, index = f".{name}", 0
        for stored, parts in self.joint.items():
            for at, part in enumerate(parts):
                if part in dotted:
                    dotted, index = dotted.replace(part, stored, 1), at
        for stored, own in self.renames.items():
            dotted = dotted.replace(own, stored, 1)
        return dotted[1:], index


NOMIC_BERT = StoredNames(
    renames={
        ".encoder.layers.": ".layers.",
        ".emb_ln.": ".embeddings.LayerNorm.",
        ".attn.out_proj.": ".self_attn.o_proj.",
        ".mlp.fc11.": ".mlp.up_proj.",
        ".mlp.fc12.": ".mlp.gate_proj.",
        ".mlp.fc2.": ".mlp.down_proj.",
        ".norm1.": ".post_attention_layernorm.",
        ".norm2.": ".post_mlp_layernorm.",
    },
    joint={".attn.Wqkv.": (".self_attn.q_proj.", ".self_attn.k_proj.", ".self_attn.v_proj.")},
)
GTE = StoredNames(
    prefix="new.",
    renames={
        ".encoder.layer.": ".layers.",
        ".attention.o_proj.": ".self_attn.o_proj.",
        ".attn_ln.": ".post_attention_layernorm.",
        ".mlp_ln.": ".post_mlp_layernorm.",
        ".lm_head.norm.": ".lm_head.layer_norm.",
    },
    joint={
        ".attention.qkv_proj.": (".self_attn.q_proj.", ".self_attn.k_proj.", ".self_attn.v_proj."),
        ".mlp.up_gate_proj.": (".mlp.up_proj.", ".mlp.gate_proj."),
    },
)
