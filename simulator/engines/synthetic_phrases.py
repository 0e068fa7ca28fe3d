"""The words of known-truth respondents in four languages; every sentence is our own.

Knows nothing of questions and answers: only things people value, and sentences about them. None holds a digit or an
option text, so that no explanation can be mistaken for an answer. How they are put together is `synthetic_text`.
"""

from __future__ import annotations

from typing import NamedTuple


class Phrases(NamedTuple):
    """The words of one language. `values` are in circle order; templates take `{v}` and `{w}`, two valued things.

    Half of the reasons are followed by one of the `closings`.
    """

    answer: str
    explanation: str
    values: tuple[str, ...]
    reasons: tuple[str, ...]
    closings: tuple[str, ...]
    opinions: tuple[str, ...]
    portraits: tuple[str, ...]
    refusals: tuple[str, ...]
    evasions: tuple[str, ...]


ENGLISH = Phrases(
    answer="Answer: ",
    explanation="Explanation: ",
    values=(
        "thinking for myself",
        "going my own way",
        "new experiences",
        "enjoying life",
        "doing well",
        "having authority",
        "money and what it buys",
        "keeping my good name",
        "feeling safe",
        "order in the country",
        "the customs of my family",
        "keeping to the rules",
        "getting along with everyone",
        "staying modest",
        "being reliable",
        "caring for people close to me",
        "fairness for the weak",
        "nature",
        "accepting people who differ",
    ),
    reasons=(
        "Mostly because {v} matters to me.",
        "What counts here is {v}, more than {w}.",
        "My reason is {v}.",
        "It comes down to {v} and {w}.",
        "People who know me would point to {v}.",
        "Between {v} and {w}, this felt closest.",
        "{v} has always been important to me, and this follows from it.",
        "Having thought about {w} too, {v} decided it.",
    ),
    closings=(
        "That is how I was raised.",
        "Nobody in my family would be surprised.",
        "I have seen what happens otherwise.",
        "My work has taught me as much.",
        "Years ago I saw this differently.",
        "Of course there are days when I waver.",
        "Friends and I often talk about it.",
        "I would tell my neighbors the same.",
        "There is little more to it.",
        "It has served me well so far.",
        "Other things come and go.",
        "My parents lived that way too.",
    ),
    opinions=(
        "What matters most to me is {v}, and then {w}.",
        "For me it begins with {v}; {w} comes after that.",
        "My view starts from {v}, though {w} plays its part.",
        "Without {v} there is little left, and {w} belongs to it.",
    ),
    portraits=(
        "You put {v} first, and {w} right after it. Others describe you as steady in that.",
        "You grew up with the idea that {v} comes before most things. Today {w} means just as much to you.",
        "You spend your days with ordinary tasks, but {v} guides you. In the evening your thoughts turn to {w}.",
        "You are known for {v}. Those close to you would add {w}.",
    ),
    refusals=(
        "I'm sorry, but this question is too personal to answer.",
        "Sorry, I can't answer that question.",
        "I would prefer not to answer this question.",
    ),
    evasions=("It depends.", "That is quite a question.", "Well… let me think about that some other time.", "Hm."),
)

GERMAN = Phrases(
    answer="Antwort: ",
    explanation="Begründung: ",
    values=(
        "selbst zu denken",
        "meinen eigenen Weg zu gehen",
        "Neues zu erleben",
        "das Leben zu genießen",
        "etwas zu leisten",
        "Einfluss zu haben",
        "Geld zu haben",
        "meinen guten Ruf zu wahren",
        "mich sicher zu fühlen",
        "Ordnung im Land zu haben",
        "Bräuche der Familie zu pflegen",
        "Regeln einzuhalten",
        "mit allen auszukommen",
        "bescheiden zu bleiben",
        "verlässlich zu sein",
        "für Nahestehende zu sorgen",
        "Schwächere gerecht zu behandeln",
        "die Natur zu schützen",
        "andere gelten zu lassen",
    ),
    reasons=(
        "Vor allem, weil es mir wichtig ist, {v}.",
        "Hier zählt für mich, {v}, mehr noch als {w}.",
        "Mein Grund: {v}.",
        "Am Ende geht es mir darum, {v} und {w}.",
        "Wer mich kennt, weiß, wie wichtig mir ist, {v}.",
        "Auch {w} spielt mit, aber {v} gab den Ausschlag.",
    ),
    closings=(
        "So bin ich erzogen worden.",
        "In meiner Familie würde das niemanden wundern.",
        "Ich habe gesehen, was sonst geschieht.",
        "Das hat mich die Arbeit gelehrt.",
        "Früher sah ich das anders.",
        "Natürlich schwanke ich manchmal.",
        "Mit Freunden rede ich oft darüber.",
        "Damit bin ich gut gefahren.",
    ),
    opinions=(
        "Am wichtigsten ist mir, {v}, und danach, {w}.",
        "Für mich beginnt es damit, {v}; dann kommt, {w}.",
        "Ohne {v} bliebe wenig, und {w} gehört dazu.",
    ),
    portraits=(
        "Dir ist vor allem wichtig, {v}, und gleich danach, {w}. Andere nennen dich darin beständig.",
        "Du bist damit aufgewachsen, {v}. Heute bedeutet es dir genauso viel, {w}.",
        "Dein Alltag ist gewöhnlich, doch dich leitet, {v}. Abends denkst du daran, {w}.",
    ),
    refusals=(
        "Tut mir leid, diese Frage kann ich nicht beantworten.",
        "Ich möchte diese Frage nicht beantworten.",
    ),
    evasions=("Das kommt darauf an.", "Das ist vielleicht eine Frage.", "Hm, darüber denke ich später nach."),
)

CHINESE = Phrases(
    answer="答案：",
    explanation="解释：",
    values=(
        "独立思考",
        "自己做主",
        "新鲜体验",
        "享受生活",
        "把事情做好",
        "拥有权威",
        "财富",
        "保住面子",
        "平安",
        "国家安定",
        "家里的传统",
        "守规矩",
        "与人和睦",
        "谦虚",
        "可靠",
        "照顾身边的人",
        "公平对待弱者",
        "爱护自然",
        "包容",
    ),
    reasons=(
        "主要因为我看重{v}。",
        "在这件事上，{v}比{w}更要紧。",
        "我的理由是{v}。",
        "说到底是{v}和{w}。",
        "了解我的人都知道我看重{v}。",
        "也想到了{w}，最后还是{v}起了作用。",
    ),
    closings=(
        "我从小就这样。",
        "家里人听了也不会意外。",
        "我见过相反的结果。",
        "工作让我明白了这一点。",
        "以前我的想法不一样。",
        "当然也有动摇的时候。",
        "朋友之间常谈到这些。",
        "这样过得很踏实。",
    ),
    opinions=("对我来说最重要的是{v}，其次是{w}。", "我首先想到{v}，然后是{w}。", "离开{v}就谈不上{w}。"),
    portraits=(
        "你最看重{v}，其次是{w}。别人说你一直如此。",
        "你从小就懂得{v}的分量。如今{w}对你同样重要。",
        "你的日子很平常，但{v}指引着你。晚上你常想到{w}。",
    ),
    refusals=("抱歉，我无法回答这个问题。", "对不起，我不想回答这个问题。"),
    evasions=("看情况吧。", "这真是个大问题。", "嗯，以后再想想。"),
)

JAPANESE = Phrases(
    answer="回答：",
    explanation="説明：",
    values=(
        "自分で考えること",
        "自分の道を行くこと",
        "新しい経験",
        "人生を楽しむこと",
        "成果を出すこと",
        "権威を持つこと",
        "お金",
        "面目を保つこと",
        "身の安全",
        "国の秩序",
        "家のしきたり",
        "決まりを守ること",
        "皆と仲良くすること",
        "謙虚さ",
        "頼られること",
        "身近な人の世話",
        "弱い人への公平さ",
        "自然",
        "違いを受け入れること",
    ),
    reasons=(
        "何より{v}が大切だからです。",
        "ここでは{w}よりも{v}を重く見ました。",
        "理由は{v}です。",
        "結局は{v}と{w}に行き着きます。",
        "私を知る人なら{v}を挙げるでしょう。",
        "{w}も考えましたが、決め手は{v}でした。",
    ),
    closings=(
        "そう育てられました。",
        "家族も驚かないでしょう。",
        "逆の結果を見てきました。",
        "仕事から学んだことです。",
        "昔は違う考えでした。",
        "もちろん迷う日もあります。",
        "友人ともよく話します。",
        "それでうまくやってきました。",
    ),
    opinions=(
        "私にとって一番大切なのは{v}で、次が{w}です。",
        "まず{v}があり、それから{w}があります。",
        "{v}あっての{w}だと思います。",
    ),
    portraits=(
        "あなたは{v}を第一に考え、次に{w}を大切にします。周りからもそう見られています。",
        "あなたは{v}の大切さを教わって育ちました。今は{w}も同じくらい大切です。",
        "あなたの毎日は平凡ですが、{v}が支えです。夜には{w}を思います。",
    ),
    refusals=("申し訳ありませんが、この質問にはお答えできません。", "この質問への回答はできません。"),
    evasions=("場合によります。", "難しいところです。", "うーん、また今度考えます。"),
)

PHRASES = {"en": ENGLISH, "de": GERMAN, "zh": CHINESE, "ja": JAPANESE}
