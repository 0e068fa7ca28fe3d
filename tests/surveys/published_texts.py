"""Published questions that no wording of ours may copy, and the search for near duplicates. Knows no instrument."""

from __future__ import annotations

import csv
import difflib
import gzip
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+(?:['-][a-z]+)*", text.lower())


def inventory_sentences(shared_data: Path, names: set[str] | None = None) -> list[str]:
    """The single sentences of published inventories (all, or those named)."""
    with (shared_data / "valuebench" / "value_orientation.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if names is None or row["questionnaire"] in names]
    texts = {text for row in rows for text in (row["item"], row["question"])}
    return sorted({part for text in texts for part in re.split(r"(?<=[.?!])\s+", text.strip()) if words(part)})


def published_questions(shared_data: Path) -> list[str]:
    """The English wordings of the public value-consistency questions."""
    texts: set[str] = set()
    for path in sorted((shared_data / "valueconsistency").glob("*english*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            texts |= {row["question"], row["original"]}
    return sorted(texts)


def survey_questions(shared_data: Path) -> list[str]:
    """The sentences of English questions of general social surveys and opinion polls, where their data are here."""
    derived = shared_data / "derived"
    texts: set[str] = set()
    for row in json.loads((derived / "wvs7_distributions_merged.json").read_text(encoding="utf-8")).values():
        texts |= {row["question"] or "", row["codebook_question"] or "", *(row["en_lily"] or [""])[:1]}
    for name in ("globalopinionqa_union.jsonl.gz", "opinionqa_494q_sex_race_party.jsonl.gz"):
        with gzip.open(derived / name, "rt", encoding="utf-8") as file:
            texts |= {json.loads(line)["question"] for line in file}
    return sorted({part.strip() for text in texts for part in re.split(r"(?<=[.?!:])\s+", text) if words(part)})


def chinese_survey_questions(shared_data: Path) -> list[str]:
    """The Chinese questions of the World Values Survey as its data files here word them."""
    data = json.loads((shared_data / "derived" / "wvs7_distributions_merged.json").read_text(encoding="utf-8"))
    return sorted({row["zh"][0] for row in data.values() if row["zh"]})


def near_pairs(ours: Sequence[str], theirs: Sequence[str], ratio: float) -> list[tuple[str, str]]:
    """Pairs at least `ratio` alike by character (difflib), looked for among pairs that share 40 % of their words."""
    vocabulary = {word: n for n, word in enumerate(sorted({w for text in (*ours, *theirs) for w in words(text)}))}
    a, b = incidence(ours, vocabulary), incidence(theirs, vocabulary)
    shared = (a @ b.T).tocoo()
    size_a, size_b = np.asarray(a.sum(axis=1)).ravel(), np.asarray(b.sum(axis=1)).ravel()
    close = shared.data / (size_a[shared.row] + size_b[shared.col] - shared.data) >= 0.4
    pairs = [(ours[i], theirs[j]) for i, j in zip(shared.row[close], shared.col[close], strict=True)]
    return [pair for pair in pairs if alike(*pair) >= ratio]


def incidence(texts: Iterable[str], vocabulary: dict[str, int]) -> csr_array:
    """(n_texts, n_words), 1 where the text has the word."""
    cells = [(row, vocabulary[word]) for row, text in enumerate(texts) for word in set(words(text))]
    rows, columns = zip(*cells, strict=True)
    return csr_array((np.ones(len(cells)), (rows, columns)), shape=(max(rows) + 1, len(vocabulary)))


def alike(one: str, two: str) -> float:
    matcher = difflib.SequenceMatcher(None, one.lower(), two.lower(), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() > 0.7 else 0.0
