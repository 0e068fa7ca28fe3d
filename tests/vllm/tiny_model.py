"""Makes a model of 2.2 million random weights in the Llama architecture, with its own tokenizer and chat template.

`python tiny_model.py FOLDER` in an environment with transformers and torch. It knows nothing and says nonsense, but
every probability it gives is exact, and a forward pass costs a millisecond. The tokenizer is a byte-level BPE trained
on the project's own survey texts. The chat template leaves texts as they are: no blank is stripped.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

ROOT = Path(__file__).resolve().parent.parent.parent
SPECIAL = ["<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|pad|>"]
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
    "{% if not (loop.last and continue_final_message is defined and continue_final_message) %}<|end|>{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
VOCABULARY = 2000
LONGEST = 4096
SHARPNESS = 6.0
"""How far the last layer is scaled up, so that next tokens differ in probability as those of a trained model do."""


def tokenizer() -> PreTrainedTokenizerFast:
    """The tokenizer, the same in every run."""
    texts = sorted((ROOT / "surveys" / "catalog").glob("*.toml")) + sorted((ROOT / "simulator").glob("*/*.toml"))
    lines = [line for path in texts for line in path.read_text(encoding="utf-8").splitlines()]
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=alphabet)
    bpe.train_from_iterator(lines, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token=SPECIAL[0], eos_token=SPECIAL[1], pad_token=SPECIAL[-1]
    )
    fast.chat_template = TEMPLATE
    return fast


def main(folder: Path) -> None:
    """Write the model into `folder`."""
    fast = tokenizer()
    fast.save_pretrained(folder)
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=LONGEST,
        bos_token_id=fast.bos_token_id,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
        tie_word_embeddings=False,
    )
    model = LlamaForCausalLM(config).float()
    with torch.no_grad():
        model.lm_head.weight.mul_(SHARPNESS)
    model.save_pretrained(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
