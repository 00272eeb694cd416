"""Tokenizers that the official library trains and saves, and the ids it gives."""
import json

import transformers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

TOOL = "tokenizers 0.23.3"
TEXTS = [
    "I've 12 don'ts, 345678 and café's — naïve!  \n\n x\ty",
    "Ⅷ ½ ١٢٣٤ नमस्ते สวัสดี 漢字かな \U0001F468‍\U0001F469‍\U0001F467",
    # Letters, digits and marks of Unicode 15 to 17: Kawi, Garay, Sunuwar, Gurung Khema, Tolong Siki.
    "\U00011F12\U00011F13\U00011F50\U00011F51 x\U00010D4A\U00010D50\U00010D40. \U00011BC0\U00011BF1 \U0001611E\U00016130 \U00011DB0\U00011DE1a",
]
LLAMA = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
GPT4O = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
         r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}|"
         r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def split(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def level(use_regex, add_prefix_space=False):
    return pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space, use_regex=use_regex)


def trained(pre_tokenizer):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(TEXTS * 3, trainers.BpeTrainer(
        vocab_size=420, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|pad|>", "<|end|>"]))
    return tokenizer


def add(table):
    path = table.path("tokenizer.json")

    def same(tool, wrote, tokenizer, expected=None):
        found = [table.describe("tokenizer", path, text) for text in TEXTS]
        expected = expected or [tokenizer.encode(text).ids for text in TEXTS]
        table.same("tokenizer.json", tool, wrote, "the same ids", found, expected)

    for wrote, steps in (
            ("Split (LFM2's and Llama 3's pattern) + ByteLevel", [split(LLAMA), level(False)]),
            ("Split (GPT-4o's pattern) + ByteLevel", [split(GPT4O), level(False)]),
            ("Split (Qwen's pattern) + ByteLevel", [split(QWEN), level(False)]),
            (r"Split (\p{M}, \d, \w) + ByteLevel", [split(r"\p{M}+|\d{2}|\w+"), level(False)]),
            ("two Splits + ByteLevel", [split(r"\p{N}{1,3}"), split(r"\s+"), level(False)]),
            ("ByteLevel with its own pattern (GPT-2)", [level(True)]),
            ("ByteLevel without a pattern", [level(False)]),
            ("Digits, each, + ByteLevel with its pattern (StarCoder)", [pre_tokenizers.Digits(individual_digits=True), level(True)]),
            ("Digits, runs, + ByteLevel", [pre_tokenizers.Digits(individual_digits=False), level(True)])):
        tokenizer = trained(steps[0] if len(steps) == 1 else pre_tokenizers.Sequence(steps))
        tokenizer.save(path)
        same(TOOL, wrote, tokenizer)

    tokenizer = trained(pre_tokenizers.Sequence([split(LLAMA), level(False)]))
    plain = [tokenizer.encode(text).ids for text in TEXTS]
    folder = table.path("padded")
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<|pad|>")
    fast(TEXTS, padding=True, truncation=True, max_length=4)
    fast.save_pretrained(folder)
    with open(folder + "/tokenizer.json", encoding="utf-8") as file:
        saved = json.load(file)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(saved, file)
    both = "both" if saved["truncation"] and saved["padding"] else "neither"
    again = transformers.AutoTokenizer.from_pretrained(folder)
    same("transformers 5.24.0", f"after one padded call (truncation and padding: {both})", None, [again(text)["input_ids"] for text in TEXTS])
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=16)
    tokenizer.save(path)
    same(TOOL, "truncation and padding, which this library obeys and AutoTokenizer resets", None, plain)
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def changed(wrote, words, change):
        data = json.loads(tokenizer.to_str())
        change(data)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(data, file)
        if words is None:
            same(TOOL, wrote, Tokenizer.from_file(path))
        else:
            table.refused("tokenizer.json", TOOL, wrote, words, "tokenizer", path, "x")

    changed("unk_token, fuse_unk, byte_fallback", None,
            lambda data: data["model"].update(unk_token="<|pad|>", fuse_unk=True, byte_fallback=True))
    changed("an empty Sequence as normaliser", None, lambda data: data.update(normalizer={"type": "Sequence", "normalizers": []}))
    changed("an unknown key in the model", None, lambda data: data["model"].update(made_by="x"))
    changed("an unknown key (the library refuses it too)", "unknown key 'made_by'", lambda data: data.update(made_by="x"))
    changed("NFC as normaliser", "normalizer", lambda data: data.update(normalizer={"type": "NFC"}))
    changed("dropout 0.1", "dropout", lambda data: data["model"].update(dropout=0.1))
    changed("add_prefix_space", "add_prefix_space is true",
            lambda data: data["pre_tokenizer"]["pretokenizers"][1].update(add_prefix_space=True))
    changed("Whitespace", "expected ByteLevel", lambda data: data.update(pre_tokenizer={"type": "Whitespace"}))
    changed("WordPiece", "expected 'BPE'", lambda data: data["model"].update(type="WordPiece"))
