"""Small tokenizers, built on the spot: nothing here is downloaded."""

import json
from pathlib import Path

TOY_TEXT = (
    "a the cat dog sat on mat ran over red blue fox hello world good bad movie plot was is in and not of to query : "
    "document represent this sentence for search une chaise"
)
TOY_WORDS = TOY_TEXT.split()
TOY_VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *TOY_WORDS, *"abcdefghijklmnopqrstuvwxyz0123456789.,!?-_'"]
TOY_VOCAB += [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz0123456789"]
TOY_VOCAB = list(dict.fromkeys(TOY_VOCAB))


def write_toy_tokenizer(folder: Path, *, model_max_length: int = 64, lower: bool = True) -> None:
    """Write the files of a small BERT tokenizer (WordPiece, lower case)."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    vocab = {word: at for at, word in enumerate(TOY_VOCAB)}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])],
    )
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "vocab.txt").write_text("\n".join(TOY_VOCAB) + "\n", encoding="utf-8")
    config = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": lower,
        "model_max_length": model_max_length,
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    """Write one JSON file, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")


def write_byte_level_tokenizer(folder: Path, *, model_max_length: int) -> int:
    """Write a RoBERTa tokenizer (byte-level BPE) trained on a few words; returns the size of its vocabulary."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([TOY_TEXT] * 4, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>"}
    config = {"tokenizer_class": "RobertaTokenizer", "model_max_length": model_max_length, **names}
    write_json(folder / "tokenizer_config.json", {**config, "unk_token": "<unk>", "mask_token": "<mask>"})
    return tokenizer.get_vocab_size()


def write_unigram_tokenizer(folder: Path, *, kind: str, model_max_length: int) -> int:
    """Write a T5 or XLM-R tokenizer (unigram on `\u2581`); returns the size of its vocabulary."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    is_t5 = kind == "t5"
    special = ["<pad>", "</s>", "<unk>"] if is_t5 else ["<s>", "<pad>", "</s>", "<unk>"]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,!?-_'"
    pieces = [*special, *(f"\u2581{word}" for word in TOY_WORDS), *letters, "\u2581"]
    tokenizer = Tokenizer(
        models.Unigram(
            [(piece, -float(at)) for at, piece in enumerate(dict.fromkeys(pieces))], unk_id=special.index("<unk>")
        )
    )
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    ids = [(token, special.index(token)) for token in special if token in ("<s>", "</s>")]
    single, pair = ("$A </s>", "$A </s> $B </s>") if is_t5 else ("<s> $A </s>", "<s> $A </s> </s> $B </s>")
    tokenizer.post_processor = processors.TemplateProcessing(single=single, pair=pair, special_tokens=ids)
    tokenizer.add_special_tokens(special)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    if not is_t5:
        names |= {"bos_token": "<s>", "cls_token": "<s>", "sep_token": "</s>"}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": model_max_length, **names}
    write_json(folder / "tokenizer_config.json", {**config, "model_input_names": ["input_ids", "attention_mask"]})
    return tokenizer.get_vocab_size()


def write_tokenizer_for(folder: Path, kind: str) -> int:
    """Write the tokenizer that encoders of a kind have; returns the size of its vocabulary."""
    if kind in ("roberta", "modernbert"):
        return write_byte_level_tokenizer(folder, model_max_length=64)
    if kind in ("t5", "xlm-roberta", "camembert", "gte"):
        return write_unigram_tokenizer(folder, kind=kind, model_max_length=64)
    write_toy_tokenizer(folder, model_max_length=64)
    return len(TOY_VOCAB)
