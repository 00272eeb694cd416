"""write_tokenizers.py FOLDER: a tokenizer.json by this version of tokenizers, and the ids that it gives, as one line of JSON."""
import json
import sys

import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

TEXTS = ["I've 12 don'ts, 345678 and café's — naïve!  \n\n x\ty", "Ⅷ ½ ١٢٣٤ नमस्ते 漢字かな", "<|end|> twice <|end|>"]
LLAMA = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def main():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(TEXTS * 3, trainers.BpeTrainer(
        vocab_size=400, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|pad|>", "<|end|>"]))
    name = f"tokenizer-{tokenizers.__version__}.json"
    tokenizer.save(f"{sys.argv[1]}/{name}")
    print(json.dumps([tokenizers.__version__, name, TEXTS, [tokenizer.encode(text).ids for text in TEXTS]]))


if __name__ == "__main__":
    main()
