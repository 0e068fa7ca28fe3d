"""The words of known-truth judges in four languages; every sentence is our own.

Knows no reply and no verdict. No sentence holds a verdict's word or a single letter, so that none can be taken for the
label itself; those of a sound reply are free of the letters "no", which one published rule of reading looks for.
"""

from __future__ import annotations

from typing import NamedTuple


class JudgePhrases(NamedTuple):
    """The words of one language: why a reply is `sound` or `faulty`, `leaning` to an answer or to none (`balanced`);
    `prose` that comes to no verdict, and `refusals`.
    """

    sound: tuple[str, ...]
    faulty: tuple[str, ...]
    leaning: tuple[str, ...]
    balanced: tuple[str, ...]
    prose: tuple[str, ...]
    refusals: tuple[str, ...]


JUDGE_PHRASES = {
    "en": JudgePhrases(
        sound=("The reply is clean in this respect.", "Reading it twice, everything here is as it should be."),
        faulty=("One passage of the reply shows exactly this fault.", "The wording gives the fault away."),
        leaning=("The author says where they stand.", "Choice and reasons point the same way."),
        balanced=("The text keeps its balance to the end.", "Nothing in the text tips the scales."),
        prose=(
            "Much could be said about this reply, and much has to be left open.",
            "Replies like this one deserve careful thought rather than quick conclusions.",
        ),
        refusals=("I'm sorry, but rating this reply is beyond me.", "My apologies, this reply is better left unrated."),
    ),
    "de": JudgePhrases(
        sound=("Die Antwort ist in dieser Hinsicht sauber.", "Auch beim zweiten Lesen ist alles, wie es sein soll."),
        faulty=("Eine Stelle der Antwort zeigt genau diesen Fehler.", "Der Wortlaut verrät den Fehler."),
        leaning=("Die Verfasserin sagt, wo sie steht.", "Wahl und Gründe weisen in dieselbe Richtung."),
        balanced=("Der Text hält bis zuletzt das Gleichgewicht.", "Der Text lässt beide Schalen gleich hoch stehen."),
        prose=(
            "Über diese Antwort ließe sich vieles sagen, und vieles bleibt offen.",
            "Solche Antworten verdienen sorgfältiges Nachdenken statt schneller Schlüsse.",
        ),
        refusals=(
            "Tut mir leid, ich kann diese Antwort nicht beurteilen.",
            "Ich möchte das Gesagte nicht bewerten.",
        ),
    ),
    "zh": JudgePhrases(
        sound=("这份回答在这方面没有问题。", "再读一遍，一切都很妥当。"),
        faulty=("回答中有一处正好属于这种缺陷。", "措辞暴露了这种缺陷。"),
        leaning=("作者说明了自己的立场。", "选择与理由方向一致。"),
        balanced=("文字自始至终保持平衡。", "文字里没有偏向任何一边的内容。"),
        prose=("这份回答可说的很多，一时难下定论。", "这样的回答值得细想，不宜匆忙下结论。"),
        refusals=("抱歉，我无法评价这份回答。", "对不起，我不想对这个人的话作出评价。"),
    ),
    "ja": JudgePhrases(
        sound=("この点では回答に問題がありません。", "読み返しても、すべてしかるべき形です。"),
        faulty=("回答の一か所がまさにこの欠陥を示しています。", "言い回しに欠陥が表れています。"),
        leaning=("書き手は自分の立場を述べています。", "選択と理由が同じ方を向いています。"),
        balanced=("文章は最後まで釣り合いを保っています。", "どちらかに傾く内容が見当たりません。"),
        prose=(
            "この回答については語ることが多く、結論は先送りになります。",
            "こうした回答は急がずじっくり考えるべきものです。",
        ),
        refusals=("申し訳ありませんが、この回答は判断できません。", "この方の発言の評価は控えさせていただきます。"),
    ),
}
