"""The words by which replies announce, hedge, deny or decline an answer, as patterns in several languages.

Knows no item and no option. All languages are tried on every reply, because a model may answer a German question in
English. Every pattern is bounded (no nested repetition), so that searching is linear in the length of the reply.
"""

from __future__ import annotations

import re

_I = re.IGNORECASE

# What may stand before an answer without changing it.
FILLER = re.compile(
    r"(?:(?:well|hmm+|um|ok(?:ay)?|sure|certainly|honestly|definitely|probably|absolutely|so|therefore|thus|"
    r"then|thanks|"
    r"thank you|of course|in my opinion|personally|also|nun|na ja|gut|natürlich|bueno|claro|pues|eh bien|alors|donc|"
    r"嗯|好的|当然|那么|えっと|ええと|そうですね|はい、?)(?![\w'])?[,.:!…\- ]{0,3}\s?)",
    _I,
)
LEAD_NOUN = (
    r"(?:(?:the |la |l')?(?:option|opción|choice|label|letter|number|nummer|número|numéro|"
    r"antwort(?:möglichkeit)?|category|"
    r"no\.|nr\.|nº|n°|选项|選項|選択肢|番号|第)\s?)"
)

# A phrase that leads straight to the answer. Only the speaker's own choice counts: "some choose 3" does not.
_EN_VERB = (
    r"(?:choose|select|pick|go with|opt for|answer|say|vote for|mark|settle on|rate (?:it|this|that|myself)|"
    r"give (?:it|this|that)|lean (?:to|towards?)|respond)"
)
_EN_ADVERB = (
    r"(?:have to|also|rather|probably|definitely|personally|honestly|most likely|likely|therefore|thus|choose to)"
)
STRONG = re.compile(
    r"(?:"
    r"\b(?:my|the|final|best|correct|own)\s(?:final |own |honest |personal )?"
    r"(?:answer|choice|selection|response|pick|rating|score|vote|preference)\s?"
    r"(?:(?:to|for|on|here)\b[^.:\n]{0,60}? ?\s?)?(?:is|would be|will be|=|:|-)"
    rf"|\bi(?:'d|'ll| would| will| must| can| might)?(?: {_EN_ADVERB}){{0,2}} {_EN_VERB}"
    r"|\b(?:i'm|i am)(?: going to)? (?:choosing|choose|selecting|select|picking|pick|going with|go with|"
    r"answer(?:ing)?)"
    r"|\bi(?:'ve| have) (?:chosen|selected|picked)"
    r"|\b(?:if i (?:had|have) to (?:choose|pick|answer)[^.\n]{0,20}?, ?)?it (?:would be|'d be)"
    r"|\bput me down for|\bcount me as|\bi think(?: it's| it is| i'd say)?|\bit(?:'s| is)"
    r"|\b(?:my|the|top)\s(?:top |own |final )?(?:(?:two|three|four|five|\d) )?"
    r"(?:choices|picks|answers|options|selections)\s?"
    r"(?:are|would be|:)"
    r"|\bmy top (?:two|three|four|five|\d)\s?(?:are|would be|:)"
    r"|(?:\A|(?<=\n))\"?(?:my |selected |chosen |final |meine )?"
    r"(?:answer|rating|score|choice|option|selection|response|pick|"
    r"label|antwort|wahl|auswahl|答|评分|打分|分数)\"?\s?[:=-]"
    r"|\b(?:actually|wait|correction|on second thought|scratch that)[,:.]? (?:no[,.]? )?(?:make (?:it|that) )?"
    r"|\b(?:meine|die|endgültige) (?:endgültige )?(?:antwort|wahl|auswahl|entscheidung) (?:ist|lautet|wäre)"
    r"|\bich (?:wähle|nehme|antworte(?: mit)?|sage|entscheide mich für|stimme für|tippe auf|gebe|kreuze|"
    r"(?:würde|möchte|werde)(?: mich)?(?: für)?)"
    r"|\b(?:mi|la) (?:respuesta|elección|opción)(?: final)? (?:es|sería)"
    r"|\b(?:elijo|escojo|selecciono|elegiría|escogería|me quedo con|respondo|diría|marco|opto por|voto por)(?: por)?"
    r"|\b(?:ma|la) (?:réponse|sélection) (?:est|serait)|\bmon choix (?:est|serait)"
    r"|\bje (?:choisis|sélectionne|choisirais|réponds|répondrais|dirais|prends|opte pour|vote pour)"
    r"|(?:我觉得|我认为|大概|应该)(?:应该)?是"
    r"|(?:我的?|最终|正确)?(?:答案|选择|回答|评分|打分|分数)(?:应该)?(?:是|为)"
    r"|(?<![人们])我(?:会|想|愿意|大概|可能|只能|最多)?(?:给|打)(?:出|了|个|它|它打)?"
    r"|(?:(?<![人者们])(?<![人们]会)选择|(?<![人者们挑候备可])(?<![人们]会)选(?![项擇择]|\s?\d+\s?[项个]))(?:了|的是)?"
    r"|(?:私の|最終的な)?(?:答え|回答|選択)は"
    r")\s?[:,\-]?\s?",
    _I,
)
# What may stand between such a phrase and the label.
LINK = re.compile(
    r"(?:(?:to (?:be|say|go with)|with|for|as|at|the|an?|about|solid|that|la|el|le|die|den|auf|für|mit)\s"
    rf"|{LEAD_NOUN})",
    _I,
)
# Weaker: names an option without saying whose choice it is.
WEAK = re.compile(
    r"(?:(?:\A|(?<=[\n.!]))\s?choose\s|\b(?:option|choice|answer|antwort(?:möglichkeit)?|opción|respuesta|"
    r"réponse|nummer|number)"
    r"|选项|選項|選択肢|回答|答案)\s?",
    _I,
)
# Japanese puts the verb behind the label.
AFTER_LABEL = re.compile(r"\s?[\"'\])]{0,2}(?:番|の)?(?:を選|にします|に決め|を推|だと(?:思|考え)|と(?:答え|回答))")

# What may follow a label that is the answer.
CONJUNCTION = re.compile(
    r"\s(?:because|since|as|given|due|but|though|although|on|for|from|please|here|weil|da|denn|als|auf|aber|wählen|sagen|"
    r"nehmen|geben|ankreuzen|antworten|entscheiden|porque|ya que|pues|como|en|pero|parce|car|comme|sur|"
    r"puisque|mais)\b",
    _I,
)
# What may follow an option text of one word, besides: "Yes I do".
SUBJECT = re.compile(r"\s(?:i|we)\s(?:do|don't|am|would|can|did|have|think so)(?: not)?(?=[.,!;\n]|\Z)", _I)
CJK_FOLLOW = re.compile(
    r"\s?(?:吧|番|号|項|项|分(?!之)|点(?![\d])|です|だ|である|を|に|と|が|因|，|,|是|,|个选项|個選項)"
)

# What counts a label in Chinese and Japanese: "7分", "第3项", "2番".
UNIT = re.compile(r"\s?(?:分(?![之制别])|点(?!\d)|号|號|项|項|番|条|个选项|個選項)")

_NOT = (
    r"\b(?:not|never|cannot|nor|neither|without|except|rather than|instead of|unable to|refuse to|avoid|"
    r"dislike|disagree with|against|oppose|nicht|kein|keine|"
    r"keinen|keiner|weder|statt|jamais|pas|ni|nunca|tampoco|aucune?|no (?:elijo|escojo|es|puedo|estoy)|"
    r"(?:rule|ruled|ruling) out|reject)\b"
    r"|n't\b|不(?!过)|没有?|并非|别选|未"
)
NEGATION = re.compile(rf"(?:{_NOT})", _I)
CLAUSE_BREAK = re.compile(r"[,.;:!?\n]|\b(?:but|sondern|sino|mais|rather(?! than)|aber)\b|而是", _I)
NEGATED_AFTER = re.compile(
    r"\s?[\"')\]]?\s?(?:(?:is|was|would be|are|does|ist)(?:n't| not| nicht)\b|nicht\b"
    r"|[をは]?選(?:ばない|ばず|びません)|では(?:ない|ありません|なく)|じゃない|し(?:ない|ません)|できない|できません|でない)",
    _I,
)
# A word of degree before an option text makes it another answer than the one offered.
MODIFIER = re.compile(
    r"(?:\b(?:somewhat|partly|partially|slightly|strongly|completely|fully|totally|mostly|rather|kind of|sort of|"
    r"tend to|neither|half|almost|teilweise|eher|völlig|voll und ganz|parcialmente|muy|totalmente|plutôt|"
    r"tout à fait|très|"
    r"very|quite|extremely|hardly)|非常|比较|有点|有些|完全|部分|很|太|不|とても|やや|あまり|少し)\s?$",
    _I,
)
MODIFIED_AFTER = re.compile(r"\s(?:somewhat|partly|partially|slightly|only in part|to some extent|teilweise)\b", _I)
# Between two labels: a range or an alternative, never one answer.
OR_TO = re.compile(
    r"\s?(?:\bor\b|\bto\b|\boder\b|\bbis\b|\bou\b|(?-i:\bo\b)|\bà\b|或者?|还是|到|至|から|か|または|-|/|~)\s?", _I
)
HEDGE_GAP = re.compile(
    r"\s?[,/&+;?-]?\s?(?:\(?\s?(?:(?:maybe|perhaps|possibly|and|or|to|even|but|und|oder|bis|vielleicht|aber|(?-i:y|o)|pero|"
    r"quizás|ou|et|à|mais|peut-être)(?![A-Za-zÀ-ÿ])|和|或者?|到|至|也许|か|または|から|と|や)\s?,?\s?){0,2}",
    _I,
)

# The reply of somebody who is no respondent: read as a refusal unless a choice follows, and never remembered.
DISCLAIMER = re.compile(
    r"(?:\b(?:as an? (?:ai|artificial|language|large language)\b"
    r"|i(?:'m| am) (?:just |only |merely )?an? (?:ai|artificial|language|large language)\b"
    r"|as an? (?:chatbot|virtual assistant|computer program)\b"
    r"|als (?:ein |eine )?(?:ki|künstliche|sprachmodell)\b|ich bin (?:nur |lediglich )?eine? (?:ki|"
    r"sprachmodell|künstliche)\b"
    r"|como (?:una? )?(?:ia|inteligencia artificial|modelo de lenguaje)\b"
    r"|en tant qu(?:e |')(?:une? )?(?:ia|intelligence artificielle|modèle))\b"
    r"|(?:作为|身为)(?:一个|一名|一款|一位|一种)?(?:ai|聊天机器人|虚拟助手|人工智能|大?语言模型|大模型)|我(?:只)?是(?:一个|一款|一名|一种)?(?:ai|人工智能|语言模型)"
    r"|(?:ai|人工知能|言語モデル)(?:です|として|なので|である|アシスタント))",
    _I,
)
DECLINES = re.compile(
    r"(?:\b(?:i(?:'m| am)? ?(?:very |so |really )?sorry\b|i apologi[sz]e|(?:my )?apologies"
    r"|i(?: really)? (?:cannot|can't|can not|won't|will not|am unable to|am not able to|refuse|decline|must decline|"
    r"have to decline|don't feel comfortable|do not feel comfortable|don't want to|do not want to)\b"
    r"|i'm (?:unable|not able|not comfortable)\b|i(?:'d| would)? (?:rather|prefer) not\b|i(?:'d|"
    r" would)? prefer to not\b"
    r"|(?:prefer|rather) not (?:to )?(?:say|answer)|no comment\b"
    r"|i (?:do not|don't) have (?:any )?(?:personal|opinions|beliefs|feelings|political)"
    r"|tut mir leid|ich (?:kann|möchte|will|darf)[^.\n]{0,60}? (?:nicht|keine)\b|ich (?:verweigere|lehne)\b|"
    r"keine angabe"
    r"|lo siento|no puedo (?:responder|elegir|contestar|dar|tener)|prefiero no\b"
    r"|(?:je suis )?désolée?\b|je ne peux pas|je préfère ne pas|je refuse)"
    r"|抱歉|对不起|(?:无法|不能|不便|拒绝|不方便|不愿意?|不想)(?:回答|选择|提供|对|就|给出|表达|透露|作答|做出|作出)|不予回答"
    r"|申し訳|お?(?:答え|回答|選択)(?:は|を|すること(?:は|が)?)?(?:でき(?:ません|ない|かねます)|いたしかねます|を?差?し?控え|したくあり))",
    _I,
)
UNSURE = re.compile(
    r"(?:\bi(?: really| honestly| just)? (?:don't|do not) know\b|\b(?:i'm|i am)? ?(?:not|"
    r"un) ?(?:really )?(?:sure|certain)\b|"
    r"\bno (?:opinion|idea)\b|\bi (?:don't|do not) have an opinion\b|\bundecided\b|\bhard to say\b|\bcan't say\b|"
    r"\bdon't know\b|\bweiß (?:ich |es |das )?(?:leider |wirklich )?nicht\b|\bweiss (?:ich |es )?nicht\b|"
    r"\bkeine (?:meinung|ahnung)\b|"
    r"\bunentschlossen\b|\bno (?:lo )?sé\b|\bno estoy segur[oa]\b|\bje ne sais pas\b|\bsans opinion\b|"
    r"不知道|不清楚|不确定|没有(?:意见|看法)|说不清|难以?说|分かりません|わかりません|分からない|わからない|知りません)",
    _I,
)
OTHERS = re.compile(
    r"(?:\bsome\b(?! (?:cases|ways|respects|situations|areas|times|points|aspects|things))[^\n]{0,300}?"
    r"\b(?:others|some)\b|"
    r"\b(?:many|most|half|older|younger|old|young)\b[^.\n]{0,60}?\b(?:would|might|may|will|could)\b[^\n]{0,200}?"
    r"\b(?:others|older|younger|old|young|the (?:other half|rest))\b|"
    r"\beinige\b[^\n]{0,300}?\bandere\b|有(?:些|的)人[^\n]{0,200}?(?:另一?些|"
    r"有(?:些|的)|其他)|"
    r"一(?:些|部分)人?[^\n]{0,200}?另一?(?:些|部分)|有人[^\n]{0,200}?(?:有人|也有)|"
    r"人们?(?:会|可能|也许|或许)+(?:选|给|打|说|认为)[^\n]{0,80}?人们?(?:则?会|则?可能|则?也许|则?或许)+(?:选|给|打|说|认为)|"
    r"\balgunos\b[^\n]{0,300}?\botros\b|\bcertains\b[^\n]{0,300}?\bd'autres\b|人もい[^\n]{0,100}?人もい)",
    _I,
)
# The speaker's own choice, said beside what other people would choose.
OWN_CHOICE = re.compile(
    r"(?:\bi(?:'d|'ll| would| will)?(?: \w{1,12}){0,2} (?:choose|pick|say|select|answer|go with)\b|"
    r"\bmy (?:own |personal )?(?:answer|choice|pick|rating)\b|"
    r"\bich (?:wähle|nehme|würde|sage)\b|\b(?:yo )?(?:elijo|diría)\b|\bje (?:choisis|dirais)\b|"
    r"我(?:自己|个人|本人)?(?:会|还是|更|则|却)?(?:会|选|给|打)|私は)",
    _I,
)
FIRST_PERSON = re.compile(
    r"(?:i|ich|yo|je|我|私は)\s?(?:(?:am|would|'d|bin|würde|suis|do|think|also|bin der meinung,?)\s)?|estoy ", _I
)
