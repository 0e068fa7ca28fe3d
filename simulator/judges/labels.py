"""The labels a judge may give for one reply: which there are, in which order they are shown, what each is called there.

Knows no prompt. The order is drawn from a named stream and turned by one place with every repeat, so that over as many
repeats as there are labels each stands in each place once (Moore et al. 2024 draw it anew for every judgement).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulator.judges.exhibit import Exhibit
from simulator.judges.rubric import ABSTAIN, Criterion, Rubric
from simulator.option_labels import label_at
from simulator.seeds import draw_index, rng_for


class OfferedLabel(NamedTuple):
    """One label as offered: canonical `id`, `place` in the rubric's own order, `mark` that the judge writes, `text`."""

    id: str
    place: int
    mark: str
    text: str


def canonical_labels(criterion: Criterion, exhibit: Exhibit, language: str) -> list[OfferedLabel]:
    """The labels in the rubric's own order, abstention last, not marked yet.

    Where they are the item's options: its substantive ones in the wording the respondent saw. An offered "don't know"
    is left out, because abstention is what it comes to for a judge.
    """
    if criterion.takes_options:
        texts = {str(option.code): option.text for option in exhibit.options}
        pairs = [(str(code), texts[str(code)]) for code in exhibit.codes_in_order if str(code) in texts]
    else:
        pairs = [(label.id, label.text[language]) for label in criterion.labels]
    if criterion.abstain:
        pairs.append((ABSTAIN, criterion.abstain[language]))
    return [OfferedLabel(name, place, "", text) for place, (name, text) in enumerate(pairs)]


def labels_as_shown(
    rubric: Rubric, criterion: Criterion, exhibit: Exhibit, language: str, order: Sequence[str]
) -> tuple[OfferedLabel, ...]:
    """The labels in the order of the ids given: with letters by place, or with their words."""
    known = {label.id: label for label in canonical_labels(criterion, exhibit, language)}
    labels = [known[name] for name in order if name in known]
    if rubric.label_style == "words":
        return tuple(label._replace(mark=label.text) for label in labels)
    return tuple(label._replace(mark=label_at("letters", index)) for index, label in enumerate(labels))


def draw_order(
    rubric: Rubric, criterion: Criterion, exhibit: Exhibit, *, seed: int, judge: str, repeat: int
) -> tuple[str, ...]:
    """The ids in the order to show them in: every judge draws a start of its own for every reply.

    Ordered labels (a scale) stand forwards or backwards, changing with every repeat; others are shuffled and turned by
    one place with every repeat. Abstention stays last.
    """
    ids = [label.id for label in canonical_labels(criterion, exhibit, rubric.languages[0])]
    kept = [name for name in ids if name != ABSTAIN]
    last = ids[len(kept) :]
    if not rubric.is_rotated or len(kept) < 2:
        return tuple(ids)
    names = (exhibit.respondent_id, exhibit.exchange, rubric.id, criterion.id, judge, "label_order")
    if criterion.is_ordered or (criterion.takes_options and exhibit.is_ordered):
        is_backwards = (draw_index(seed, *names, n=2) + repeat) % 2
        return (*(kept[::-1] if is_backwards else kept), *last)
    shuffled = rng_for(seed, *names).permutation(len(kept))
    return (*(kept[shuffled[(place + repeat) % len(kept)]] for place in range(len(kept))), *last)


def can_judge(rubric: Rubric, criterion: Criterion, exhibit: Exhibit) -> bool:
    """Whether the criterion says anything about this reply: the item's format fits, and there is a choice of labels."""
    if exhibit.format not in rubric.formats:
        return False
    return not criterion.takes_options or len(exhibit.codes_in_order) > 1
