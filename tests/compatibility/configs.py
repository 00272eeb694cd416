"""configs.py FOLDER: rope_theta of some config.json files by the transformers that runs this, as JSON; writes the files too."""
import json
import os
import sys

import transformers

CASES = {
    "theta": {"theta": 5e5},
    "rope_theta": {"rope_theta": 5e5},
    "theta and rope_theta": {"theta": 5e5, "rope_theta": 2e5},
    "rope_parameters": {"rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}},
    "rope_theta and rope_parameters": {"rope_theta": 2e5, "rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}},
    "theta and rope_parameters": {"theta": 2e5, "rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}},
    "none of them": {},
}
SIZES = dict(model_type="lfm2", hidden_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
             vocab_size=64410 + 16, intermediate_size=64, audio_tokens_start=64410, tokens_per_frame=4)

found = {"version": transformers.__version__}
for name, keys in CASES.items():
    folder = os.path.join(sys.argv[1], "config " + name)
    os.makedirs(folder, exist_ok=True)
    with open(folder + "/config.json", "w", encoding="utf-8") as file:
        json.dump({**SIZES, **keys}, file)
    config = transformers.AutoConfig.from_pretrained(folder)
    theta = getattr(config, "rope_theta", None)
    found[name] = theta if theta is not None else config.rope_parameters["rope_theta"]
print(json.dumps(found))
