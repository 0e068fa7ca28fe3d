"""The sentences by which known-truth respondents commit a planted fault, in four languages; every one is our own.

Each sentence belongs to one fault alone and occurs in no fault-free reply, so that a reply's faults can be read off its
text (`synthetic_faults`). Knows no question and no draw. The faults are those of Liu et al. 2025.
"""

from __future__ import annotations

from typing import NamedTuple

FAULTS: dict[str, str] = {
    "iu": "instruction not understood: markers missing, or no preference stated",
    "qc": "question type misread: several picks for one, a number of another scale, marks in place of picks",
    "rp": "role dropped: speaks as a machine",
    "cv": "stated choice and explanation conflict",
    "ff": "a false fact is asserted",
    "ir": "irrelevant or ungrammatical text",
}
"""Fault code → what is wrong with a reply that carries it."""


class FaultPhrases(NamedTuple):
    """The faulty words of one language.

    `formless` opens a reply without markers, `undecided` stands where the choice should (both iu). `several` takes two
    labels `{a}` and `{b}`; it answers a single choice, `other_scale` a scale, `marks` a multiple choice (all qc).
    `machine` opens a reply (rp); the others stand in the explanation: `opposite` (cv), `untrue` (ff), `stray` (ir).
    """

    formless: tuple[str, ...]
    undecided: tuple[str, ...]
    several: tuple[str, ...]
    other_scale: tuple[str, ...]
    marks: tuple[str, ...]
    machine: tuple[str, ...]
    opposite: tuple[str, ...]
    untrue: tuple[str, ...]
    stray: tuple[str, ...]


BANKS: dict[str, tuple[str, ...]] = {
    "iu": ("formless", "undecided"),
    "qc": ("several", "other_scale", "marks"),
    "rp": ("machine",),
    "cv": ("opposite",),
    "ff": ("untrue",),
    "ir": ("stray",),
}
"""Fault code → the fields of `FaultPhrases` that commit it."""

ENGLISH = FaultPhrases(
    formless=("Put simply, without filling in forms:", "In plain words rather than in your layout:"),
    undecided=("There is something to be said for all of it.", "Every one of these has its good sides."),
    several=("{a} and {b}, two picks at once", "{a} and {b}, both ticked together"),
    other_scale=("roughly six hundred out of one thousand points", "somewhere near the nine hundredth percentile"),
    marks=("the same mark for every one of them", "full marks all round, nothing picked"),
    machine=(
        "As an AI language model, my words come from training and not from a life.",
        "As an artificial assistant, my output reflects text data and nothing lived.",
    ),
    opposite=(
        "That is why the opposite of the answer given above is what truly speaks for me.",
        "Everything in me argues against the choice just stated, and for its contrary.",
        "Looking back at what was chosen above, these grounds lead straight to the reverse.",
    ),
    untrue=(
        "After all, the sun has been circling the earth once a year since it was measured.",
        "As everybody knows, Paris is the capital of Italy.",
        "It is proven that water boils at body temperature.",
        "Spiders, being mammals, feed their young on milk.",
    ),
    stray=(
        "The neighbor's bicycle has a new bell, and the tram to the harbor runs late.",
        "Of purple staircase the seldom umbrella were quickly it.",
        "Whisk the eggs well before the flour goes in.",
    ),
)

GERMAN = FaultPhrases(
    formless=("Ganz formlos und ohne Vordruck gesagt:", "Mit eigenen Worten statt in Ihrem Schema:"),
    undecided=("An allem davon ist etwas dran.", "Jedes davon hat seine guten Seiten."),
    several=("{a} und {b}, zwei Kreuze auf einmal", "{a} und {b}, beides zusammen angekreuzt"),
    other_scale=("ungefähr sechshundert von tausend Punkten", "irgendwo beim neunhundertsten Perzentil"),
    marks=("für alles davon dieselbe Note", "überall volle Punktzahl, nichts ausgesucht"),
    machine=(
        "Als KI beruhen diese Worte auf Training und auf keinem gelebten Leben.",
        "Als Sprachmodell gibt dieses System Textdaten wieder und nichts Erlebtes.",
    ),
    opposite=(
        "Deshalb spricht mir in Wahrheit das Gegenteil der obigen Antwort aus dem Herzen.",
        "Alles in mir spricht gegen die eben genannte Wahl und für ihr Gegenstück.",
        "Diese Gründe führen geradewegs zum Umgekehrten dessen, was oben steht.",
    ),
    untrue=(
        "Schließlich umkreist die Sonne seit jeher einmal im Jahr die Erde.",
        "Wie jeder weiß, ist Paris die Hauptstadt von Italien.",
        "Es ist erwiesen, dass Wasser bei Körpertemperatur siedet.",
        "Spinnen sind Säugetiere und säugen ihre Jungen.",
    ),
    stray=(
        "Das Fahrrad des Nachbarn hat eine neue Klingel, und die Bahn zum Hafen kommt später.",
        "Von lila Treppe die selten Regenschirm wurden schnell es.",
        "Die Eier gut verquirlen, bevor das Mehl dazukommt.",
    ),
)

CHINESE = FaultPhrases(
    formless=("我就不照格式，随便写写。", "用自己的话说，不管什么版式。"),
    undecided=("各有各的道理。", "每一样都有它的好处。"),
    several=("{a}和{b}，两个一起勾上", "{a}和{b}，一次勾了两个"),
    other_scale=("满分一千的话大约六百分", "差不多在第九百个百分位"),
    marks=("每一样都打同样的分数", "全部给满分，什么也没有勾"),
    machine=("作为一个人工智能，这些话来自训练，而不是来自生活。", "作为语言模型，这里输出的只是文本数据。"),
    opposite=(
        "所以真正合我心意的，恰恰与上面的答案相反。",
        "我心里的一切都反驳刚才的那个决定。",
        "照这些道理，上面写的应该反过来才对。",
    ),
    untrue=(
        "毕竟太阳每年绕地球转一圈。",
        "大家都知道，巴黎是意大利的首都。",
        "早已证明，水在体温下就会沸腾。",
        "蜘蛛是哺乳动物，靠奶水喂养幼仔。",
    ),
    stray=(
        "邻居的自行车换了新铃铛，开往港口的电车晚点了。",
        "紫色楼梯的很少雨伞被快地它。",
        "先把鸡蛋打匀，再放面粉。",
    ),
)

JAPANESE = FaultPhrases(
    formless=("書式は気にせず、思うままに書きます。", "決められた形ではなく、自分の言葉で書きます。"),
    undecided=("どれにも一理あります。", "それぞれに良い面があります。"),
    several=("{a}と{b}、二つまとめて印を付けます", "{a}と{b}、両方いっぺんに"),
    other_scale=("千点満点で六百点くらい", "第九百百分位のあたり"),
    marks=("どれにも同じ点数を付けます", "全部に満点、どれも印なし"),
    machine=(
        "AIとして述べるこの言葉は、学習から来たもので人生から来たものではありません。",
        "言語モデルとして、文章のデータを出力しているだけです。",
    ),
    opposite=(
        "だから本当に心にかなうのは、上に書いた答えとは正反対のものです。",
        "心の中のすべてが、今述べた判断に逆らっています。",
        "こうした理由からすると、上の内容は逆でなければなりません。",
    ),
    untrue=(
        "何しろ太陽は一年に一度、地球の周りを回っています。",
        "誰もが知るとおり、パリはイタリアの首都です。",
        "水が体温で沸騰することは証明されています。",
        "蜘蛛は哺乳類なので、乳で子を育てます。",
    ),
    stray=(
        "隣の家の自転車に新しいベルが付き、港行きの電車が遅れています。",
        "紫の階段をめったに傘は速くそれでした。",
        "卵をよく混ぜてから小麦粉を入れます。",
    ),
)

FAULT_PHRASES = {"en": ENGLISH, "de": GERMAN, "zh": CHINESE, "ja": JAPANESE}
