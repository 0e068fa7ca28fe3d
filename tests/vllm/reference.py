"""The reference: a plain forward pass with transformers over the same weights. No vLLM, no code of ours.

`python reference.py MODEL < questions.json > answers.json`. A question is {"messages", "raw", "texts"}: the answer has
the log probabilities of every token of each text as a reply, and those of all tokens at the reply's first position. A
blank at the end of the prompt is scored with the texts where the tokenizer joins them.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main(folder: str) -> None:
    """Read the questions, write the answers."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def ids_of(question: dict[str, Any], text: str) -> list[int]:
        if question.get("raw") is not None:
            return list(tokenizer.encode(question["raw"] + text))
        # The template by hand: what the template says is a part of what is checked.
        parts = "".join(f"<|{role}|>{content}<|end|>" for role, content in question["messages"])
        return list(tokenizer.encode(f"<|begin|>{parts}<|assistant|>{text}"))

    @torch.no_grad()
    def logprobs(ids: list[int]) -> torch.Tensor:
        return torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), dim=-1)

    answers = []
    for question in json.load(sys.stdin):
        before = ids_of(question, "")
        first = logprobs(before)[-1]
        wholes = [ids_of(question, text) for text in question["texts"]]
        start = 0  # what the prompt and all texts begin with alike
        while start < len(before) and all(ids[start : start + 1] == [before[start]] for ids in wholes):
            start += 1
        texts = []
        for ids in wholes:
            table = logprobs(ids)
            texts.append([[ids[n], float(table[n - 1, ids[n]])] for n in range(start, len(ids))])
        words = [tokenizer.decode([token]) for token in range(len(tokenizer))]
        answers.append({"texts": texts, "first": [[w, float(p)] for w, p in zip(words, first, strict=True)]})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
