"""The official class on a checkpoint that we wrote: which weights it takes, and its logits of whole clips.

    python official_logits.py CHECKPOINT CLIPS OUT

needs transformers 4.56 and kani-tts-2 (`pip install torch transformers==4.56.0; pip install --no-deps kani-tts-2==0.0.5`;
of the latter only the language model is loaded, so NeMo need not be there). Without them it ends with 77.
CLIPS is a JSON list of {"text", "language", "rows", "speaker"}: rows are token ids with -1 where the voice goes.
OUT becomes a safetensors file with, for clip i, `logits.i` [rows, vocabulary] and `first_step.i` [vocabulary]: what
generate() chooses its first token from. Its metadata says what was loaded and by which versions.
"""

import contextlib
import importlib.metadata
import importlib.util
import json
import pathlib
import sys

try:
    import torch
    from safetensors.torch import load_file, save_file
    from transformers import AutoTokenizer

    # kani_tts itself imports NeMo; its file model.py does not.
    package = importlib.util.find_spec("kani_tts")
    if package is None:
        raise ImportError("No module named 'kani_tts'")
    file = pathlib.Path(package.submodule_search_locations[0]) / "model.py"
    spec = importlib.util.spec_from_file_location("kani_tts_model", file)
    official = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(official)
except ImportError as error:
    print(error)
    sys.exit(77)

SPEAKER_ROW = -1


def load(folder):
    # As the library calls it. With learnable RoPE scales torch_dtype does nothing: all is fp32.
    with contextlib.redirect_stdout(sys.stderr):
        return official.KaniTTS2ForCausalLM.from_pretrained(folder, torch_dtype=torch.bfloat16, device_map="auto").eval()


def weights_that_differ(model, folder):
    """Names that are on one side only, or whose values the loaded model does not have to the last bit."""
    ours, theirs = load_file(folder + "/model.safetensors"), model.state_dict()
    if model.lm_head.weight is model.model.embed_tokens.weight:
        theirs.pop("lm_head.weight")
    return sorted(k for k in ours.keys() | theirs.keys() if not (k in ours and k in theirs and torch.equal(ours[k], theirs[k])))


def prompt_of(model, tokenizer, clip):
    """As KaniModel.get_input_ids of the library has it, for this vocabulary."""
    control = model.config.text_vocab_size
    ids = tokenizer(f"{clip['language']}: {clip['text']}")["input_ids"]
    return [control + 3, *ids, 2, control + 4]


def whole(model, ids, speaker):
    """Logits of every row: the voice behind the first token, positions by frames. The library itself lays out only
    prompts like this; the pretraining code lays out whole clips."""
    inner, ids = model.model, torch.tensor([ids])
    rows = inner.embed_tokens(ids)
    positions = official.compute_frame_level_positions(ids, inner.audio_tokens_start, inner.tokens_per_frame, inner.audio_step)
    voice = inner.speaker_emb_projection(speaker).unsqueeze(1)
    rows = torch.cat([rows[:, :1], voice, rows[:, 1:]], 1)
    positions = torch.cat([positions[:, :1], positions[:, :1] + 1, positions[:, 1:] + 1], 1)
    mask = torch.ones(rows.shape[:2], dtype=torch.long)
    return model(inputs_embeds=rows, position_ids=positions, attention_mask=mask, use_cache=False).logits[0]


def first_step(model, prompt, speaker):
    ids = torch.tensor([prompt])
    out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), speaker_emb=speaker, max_new_tokens=1,
                         do_sample=False, output_logits=True, return_dict_in_generate=True)
    return out.logits[0][0]


@torch.no_grad()
def main(folder, clips, out):
    torch.set_num_threads(1)
    model, tokenizer = load(folder), AutoTokenizer.from_pretrained(folder)
    found = {"weights_that_differ": weights_that_differ(model, folder), "prompts_that_differ": []}
    found["versions"] = {p: importlib.metadata.version(p) for p in ("kani-tts-2", "transformers", "tokenizers", "torch")}
    tensors = {}
    for i, clip in enumerate(json.loads(pathlib.Path(clips).read_text(encoding="utf-8"))):
        assert clip["rows"][1] == SPEAKER_ROW
        ids, speaker = [r for r in clip["rows"] if r != SPEAKER_ROW], torch.tensor([clip["speaker"]])
        prompt = prompt_of(model, tokenizer, clip)
        if ids[: len(prompt)] != prompt:
            found["prompts_that_differ"].append(clip["text"])
        tensors[f"logits.{i}"] = whole(model, ids, speaker)
        tensors[f"first_step.{i}"] = first_step(model, prompt, speaker)
    save_file(tensors, out, metadata={k: json.dumps(v) for k, v in found.items()})


main(*sys.argv[1:])
