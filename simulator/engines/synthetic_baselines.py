"""What baselines bring from known-truth respondents: how far their answers spread, who answers, what else is said.

An answer is that of an independent person of the country with the declared diversity as probability, else the
country's typical one: the likeliest answer of a person without a personal part. So the share of an option among all
answers is diversity * (its expected share in the country) + (1 - diversity) * (1 if typical). Knows no run and no words
of an answer.
"""

from __future__ import annotations

from dataclasses import replace

from simulator.engines.synthetic_profile import NOBODY
from simulator.engines.synthetic_question import Question, Questions
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked

CRITIQUES = {
    "en": (
        "Everybody is made to think alike here; older and younger people, or town and country, may see it otherwise.",
        "This says what is usual. Those who disagree, or are torn, do not appear.",
    ),
    "de": (
        "Hier denken alle gleich; Ältere und Jüngere, Stadt und Land sehen es vielleicht anders.",
        "Das ist das Übliche. Wer anderer Ansicht ist oder schwankt, kommt nicht vor.",
    ),
    "zh": (
        "这里好像人人想法相同；年长者与年轻人、城市与乡村的看法可能不同。",
        "这只是常见的看法，持不同意见或犹豫的人没有出现。",
    ),
    "ja": (
        "ここでは皆が同じ考えになっています。年配の人と若い人、都市と地方では違うかもしれません。",
        "これはよくある考えです。反対の人や迷う人が出てきません。",
    ),
}
"""What a known-truth critic says, by language. None holds a digit or a label."""


def diversity_of(asked: Asked, truth: KnownTruth) -> float:
    """The probability that an answer at this step is that of an independent person, not the typical one."""
    if asked.protocol == "average-person":
        return truth.average_diversity
    first = truth.list_diversity if asked.protocol == "critique-list" else truth.draft_diversity
    return first + truth.critique_gain * (1 - first) if asked.step == "reviser" else first


def somebody(asked: Asked, place: int) -> Asked:
    """The question as put to an independent person of the country, another one for each place, step and item."""
    name = f"{asked.respondent_id}/{asked.item_id}/{asked.step}/{asked.try_number}/{place}"
    return replace(asked, persona_id=name)


def typical(asked: Asked, questions: Questions) -> Question:
    """The question as put to the country's typical person, who has one answer alone, nonresponse apart.

    Ties go to the lowest code; of a multiple-choice item every option is picked that is picked rather than not.
    """
    nobody = questions.people.build(asked.attributes, NOBODY, asked.strategy)
    question = questions.put_to(asked, nobody, own_part=False)
    if question.picks:
        likeliest = max(question.picks, key=question.picks.__getitem__)
        picked = {code: float(share > 0.5 or code == likeliest) for code, share in question.picks.items()}
        return question._replace(picks=picked, alone=dict.fromkeys(question.alone, 0.0), has_exact_picks=False)
    likeliest = max(question.alone, key=question.alone.__getitem__)
    readable = sum(question.alone.values())
    alone = {code: readable if code == likeliest else 0.0 for code in question.alone}
    return question._replace(alone=alone)


def critique(language: str, u: float) -> str:
    """What a critic says."""
    texts = CRITIQUES.get(language.partition("-")[0].lower(), CRITIQUES["en"])
    return texts[int(u * len(texts))]
