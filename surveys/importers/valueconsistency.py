"""Importer for the ValueConsistency question files (Moore et al. 2024). Ships no sentence of theirs.

One file becomes one instrument. Several language files of one country may be joined: then the first file rules, and an
item has a translation for every other file. Wordings are paired by their position inside the question, as the published
multilingual measure does, although paraphrases were written in each language anew; `pairing="original-first"` pairs
original with original instead. Only what exists in all languages, with the same stances, is kept; the report counts
the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from simulator.errors import InstrumentError
from surveys.importers.report import FileCounts, Imported, ImportReport, counted, unique_slug
from surveys.importers.valueconsistency_rows import Row, RowFile, read_rows
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption, Topic
from surveys.loader import accept

Pairing = Literal["position", "original-first"]
SOURCE = "ValueConsistency dataset, Moore et al. 2024"


@dataclass(frozen=True, slots=True)
class _Question:
    """One question: its wordings in file order, by language; the languages correspond place by place."""

    wordings: tuple[Mapping[str, Row], ...]

    @property
    def main(self) -> Row:
        return next(iter(self.wordings[0].values()))


def import_valueconsistency(
    paths: Sequence[str | Path],
    *,
    join: bool = False,
    pairing: Pairing = "position",
    equivalent: Collection[str] | None = None,
) -> Imported:
    """The instrument in ValueConsistency files named (un)controversial_LANGUAGE_COUNTRY.jsonl.

    join: make one instrument of several languages of one country. pairing: which wordings translate each other.
    equivalent: the originals that validators judged equivalent to their paraphrases; all wordings of every other
    question are left out (None: no filter). Codes: 1 the affirmative answer, 2 the negative one. Ids: the English topic
    and the question's number in it, "abortion-1", then "abortion-1~1" ... for its paraphrases; `note` is the original
    in English where the file is in another language.

    InstrumentError listing every fault of a file; for several files without `join`, of several countries, or twice the
    same language.
    """
    files = [read_rows(Path(path)) for path in paths]
    _require_joinable(files, join)
    warnings = [warning for file in files for warning in file.warnings]
    questions = _pair(files, pairing, warnings)
    if equivalent is not None:
        questions = [question for question in questions if question.main.original in equivalent]
    topics, items = _build(files, questions)
    kept = {language: sum(language in one for q in questions for one in q.wordings) for language in _languages(files)}
    counts = tuple(_counts(file, kept[file.language]) for file in files)
    instrument = _instrument(files, topics, items)
    return Imported(accept(instrument, ", ".join(file.name for file in files)), ImportReport(counts, tuple(warnings)))


def _require_joinable(files: Sequence[RowFile], join: bool) -> None:
    if not files:
        raise InstrumentError("valueconsistency: no file given; give at least one .jsonl file")
    names = ", ".join(file.name for file in files)
    if len(files) > 1 and not join:
        raise InstrumentError(f"{names}: one instrument is made of one file; import them one by one, or set join")
    kinds = {(file.country, file.controversial) for file in files}
    if len(kinds) > 1:
        raise InstrumentError(f"{names}: these are not the same questions; join files of one country and one kind")
    if len(_languages(files)) < len(files):
        raise InstrumentError(f"{names}: two files have the same language; give each language once")


def _languages(files: Sequence[RowFile]) -> list[str]:
    return list(dict.fromkeys(file.language for file in files))


def _pair(files: Sequence[RowFile], pairing: Pairing, warnings: list[str]) -> list[_Question]:
    """The questions of the first file with their counterparts in every other."""
    main, *others = files
    by_english = [{rows[0].original_english: rows for rows in other.questions().values()} for other in others]
    questions = []
    lost_questions = lost_wordings = 0
    for rows in main.questions().values():
        stances = [stance for _, stance in rows[0].options]
        partners = [found.get(rows[0].original_english) for found in by_english]
        usable = [one for one in partners if one and [stance for _, stance in one[0].options] == stances]
        if len(usable) < len(partners):
            lost_questions += 1
            continue
        lists = [_in_pairing_order(one, pairing) for one in (rows, *usable)]
        lost_wordings += len(rows) - min(map(len, lists))
        languages = [file.language for file in files]
        paired = zip(*lists, strict=False)  # as far as the shortest reaches
        questions.append(_Question(tuple(dict(zip(languages, one, strict=True)) for one in paired)))
    if lost_questions:
        lost = counted(lost_questions, "question")
        warnings.append(f"{main.name}: {lost} left out: not in every language, or with other stances there")
    if lost_wordings:
        lost = counted(lost_wordings, "wording")
        warnings.append(f"{main.name}: {lost} left out: no counterpart in every language (lead with the shortest file)")
    return questions


def _in_pairing_order(rows: list[Row], pairing: Pairing) -> list[Row]:
    return rows if pairing == "position" else sorted(rows, key=lambda row: not row.is_original)


def _build(files: Sequence[RowFile], questions: Sequence[_Question]) -> tuple[list[Topic], list[Item]]:
    english = _english_topics(files[0])
    topics: dict[str, Topic] = {}
    taken: set[str] = set()
    items: list[Item] = []
    asked: dict[str, int] = {}
    for question in questions:
        title = question.main.topic
        if title not in topics:
            name = english.get(title, "")
            topic_id = unique_slug(name, taken, f"topic-{len(topics) + 1}")
            titles = {language: row.topic for language, row in question.wordings[0].items()}
            titles |= {"en": name} if name else {}
            attributes: dict[str, Any] = {"controversial": files[0].controversial, "country": files[0].country}
            topics[title] = Topic(topic_id, titles, attributes | ({"topic_english": name} if name else {}))
        topic = topics[title].id
        asked[topic] = asked.get(topic, 0) + 1
        items += _items(question, f"{topic}-{asked[topic]}", topic)
    return list(topics.values()), items


def _english_topics(file: RowFile) -> dict[str, str]:
    """Topic as the file calls it → its English name; a few rows lack it, others of the topic have it."""
    named = {row.topic: row.topic_english for row in file.rows if row.topic_english}
    return {row.topic: row.topic for row in file.rows if file.language == "en"} | named


def _items(question: _Question, question_id: str, topic: str) -> list[Item]:
    """The original first, then its paraphrases in file order."""
    first = next(iter(question.wordings[0]))
    ordered = sorted(question.wordings, key=lambda rows: not rows[first].is_original)
    # Pairing by position can leave the original without a counterpart; then the paraphrases stand alone.
    start = 0 if ordered[0][first].is_original else 1
    items = []
    for wording, rows in enumerate(ordered, start=start):
        row = rows[first]
        options = tuple(
            ResponseOption(place + 1, {language: one.options[place][0] for language, one in rows.items()}, stance)
            for place, (_, stance) in enumerate(row.options)
        )
        items.append(
            Item(
                id=f"{question_id}~{wording}" if wording else question_id,
                text={language: one.question for language, one in rows.items()},
                format=ResponseFormat.SINGLE,
                options=options,
                question_id=question_id,
                wording=wording,
                topic=topic,
                note=None if row.original == row.original_english else row.original_english,
            )
        )
    return items


def _instrument(files: Sequence[RowFile], topics: Sequence[Topic], items: Sequence[Item]) -> Instrument:
    main = files[0]
    languages = _languages(files)
    kind = "controversial" if main.controversial else "uncontroversial"
    title = f"ValueConsistency: {kind} topics, {main.country}"
    return Instrument(
        id="-".join(["valueconsistency", kind, main.country, *languages]),
        title=dict.fromkeys(languages, title),
        items=tuple(items),
        language=main.language,
        languages=tuple(languages),
        source=f"{SOURCE}; {', '.join(file.name for file in files)}",
        licence="MIT",
        topics=tuple(topics),
    )


def _counts(file: RowFile, n_kept: int) -> FileCounts:
    stances = [row.options[0][1] for row in file.rows if row.is_yes_no]
    return FileCounts(
        file=file.name,
        language=file.language,
        n_topics=len({row.topic for row in file.rows}),
        n_questions=len(file.questions()),
        n_rows=len(file.rows),
        n_rows_kept=n_kept,
        yes_supports_share=stances.count("supports") / len(stances) if stances else float("nan"),
    )
