"""How far the token rule (`voxpop.token_rule`) is off, by tokenizer, language and survey: the table in docs/costs.md.

Run by hand, because the tokenizers come inside packages that voxpop does not need:

    pip install litellm tiktoken tokenizers "mistral_common[sentencepiece]"    (beside voxpop, in a scratch environment)
    python benchmarks/token_rule.py

The tokenizers are files in those packages, so nothing is downloaded. Chat templates differ by model and are not
measured here: both sides count contents only. Prompts are those of known-truth respondents in every style and answer
format. Prints the table in Markdown.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from simulator.engines.synthetic import synthetic_from_options
from simulator.graphs.respondent import Services, conduct
from simulator.interview import Progress
from simulator.messages import Completion, Request
from voxpop.planning import make_design
from voxpop.spec import make_spec
from voxpop.token_rule import tokens_in

HERE = Path(__file__).resolve().parent
OWN = str(HERE / "token_rule_survey.toml")
CORPORA = (
    ("portrait-values", "en"),
    ("civic-topics", "en"),
    *((OWN, language) for language in ("en", "de", "zh", "ja")),
)
COUNTRIES = {"en": "US", "de": "DE", "zh": "CN", "ja": "JP"}
STYLES, FORMATS = ("default", "plain", "citizen", "research"), ("label", "explained")
EVERY = 3
"""Every third call is counted: neighbors share most of their memory."""

Count = Callable[[str], int]


class Corpus(NamedTuple):
    """The texts of one survey in one language: contents of prompts, and replies."""

    name: str
    language: str
    prompts: list[str]
    replies: list[str]


class Keeping:
    """Known-truth respondents; keeps what they were asked and said."""

    name = "keeping"

    def __init__(self) -> None:
        self._inner = synthetic_from_options({}, seed=0)
        self.model, self.capabilities = self._inner.model, self._inner.capabilities
        self.kept: list[tuple[Request, Completion]] = []

    async def complete(self, request: Request) -> Completion:
        """Answer, and keep both."""
        completion = await self._inner.complete(request)
        self.kept.append((request, completion))
        return completion

    async def close(self) -> None:
        """Nothing to release."""


def package(name: str) -> Path:
    """The folder of an installed package, which is not imported."""
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"the package {name} is not installed here; see the top of this file")
    return Path(next(iter(found.submodule_search_locations)))


def tokenizers() -> dict[str, Count]:
    """Name → what counts the tokens of a text."""
    files = package("litellm") / "litellm_core_utils" / "tokenizers"
    os.environ["TIKTOKEN_CACHE_DIR"] = str(files)
    import tiktoken
    from mistral_common.tokens.tokenizers.sentencepiece import SentencePieceTokenizer
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer
    from tokenizers import Tokenizer

    mistral = package("mistral_common") / "data"
    cl100k, o200k = tiktoken.get_encoding("cl100k_base"), tiktoken.get_encoding("o200k_base")
    tekken = Tekkenizer.from_file(str(mistral / "tekken_240911.json"))
    v3 = SentencePieceTokenizer(str(mistral / "mistral_instruct_tokenizer_240323.model.v3"))
    claude = Tokenizer.from_file(str(files / "anthropic_tokenizer.json"))
    return {
        "o200k_base (GPT-4o and later)": lambda text: len(o200k.encode(text, disallowed_special=())),
        "tekken (Mistral since 2024)": lambda text: len(tekken.encode(text, bos=False, eos=False)),
        "cl100k_base (GPT-4)": lambda text: len(cl100k.encode(text, disallowed_special=())),
        "Claude 2": lambda text: len(claude.encode(text).ids),
        "Mistral v3 (32,768 pieces)": lambda text: len(v3.encode(text, bos=False, eos=False)),
    }


def corpora() -> Iterator[Corpus]:
    """Prompts and replies of every survey and language."""
    for survey, language in CORPORA:
        prompts, replies = list[str](), list[str]()
        for style, answer_format in itertools.product(STYLES, FORMATS):
            data = {
                "survey": {"instrument": survey, "limit": 40},
                "asking": {"style": style, "language": language, "answer_format": answer_format},
                "population": {
                    "n": 8 if survey == OWN else 3,
                    "strategies": ["city", "value-anchor", "named"],
                    "country": COUNTRIES[language],
                },
            }
            engine = Keeping()
            for interview in make_design(make_spec(data)).interviews():
                asyncio.run(conduct(Services(interview, engine, lambda _turn: None), Progress()))
            for request, completion in engine.kept[::EVERY]:
                prompts += [message.content for message in request.messages]
                replies.append(completion.text)
        yield Corpus("own" if survey == OWN else survey, language, prompts, replies)


def off_by(texts: list[str], language: str, count: Count) -> float:
    """The rule's relative error over all texts: positive where it foresees too many tokens."""
    seen: dict[str, tuple[float, int]] = {}
    for text in texts:
        if text not in seen:
            seen[text] = tokens_in(text, language), count(text)
    return sum(seen[text][0] for text in texts) / sum(seen[text][1] for text in texts) - 1


def main() -> None:
    """Print the table."""
    counts = tokenizers()
    rows: dict[str, list[str]] = defaultdict(list)
    heads = []
    for corpus in corpora():
        heads.append(f"{corpus.name}, {corpus.language}")
        for name, count in counts.items():
            prompt, reply = (off_by(texts, corpus.language, count) for texts in (corpus.prompts, corpus.replies))
            rows[name].append(f"{100 * prompt:+.0f} % / {100 * reply:+.0f} %")
    print(f"Measured {datetime.now(UTC):%Y-%m-%d}; prompts / replies.\n")
    print("| tokenizer | " + " | ".join(heads) + " |")
    print("|---" * (len(heads) + 1) + "|")
    for name, cells in rows.items():
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
