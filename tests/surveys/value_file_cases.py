"""Files of a value questionnaire, sound ones and every way they can be broken; shared by tests and fuzzing."""

from __future__ import annotations

from typing import NamedTuple

from surveys.value_keys import ESS_21

ITEMS = "number,text,text_de\n" + "".join(f"{n},They do thing {n}.,Sie tun Ding {n}.\n" for n in range(1, 22))
ANSWERS = """code,label,label_de
1,Just like me,Ganz wie ich
2,Like me,Wie ich
3,Half like me,Halb wie ich
4,Little like me,Wenig wie ich
5,Unlike me,Nicht wie ich
6,Not me at all,Gar nicht ich
"""
KEY = "item,value\n" + "".join(f"{item.reference},{item.value}\n" for item in ESS_21.items)
FALLS = 'coding = "falling"\n'
FILES = {"items.csv": ITEMS, "key.csv": KEY, "answers.csv": ANSWERS, "more.toml": FALLS}
"""One sound questionnaire of 21 items in four files."""


class Broken(NamedTuple):
    """What is replaced in a file of `FILES`, by what (None for `old`: the whole file), and what its faults say."""

    file: str
    old: str | None
    new: str | bytes
    said: tuple[str, ...]


NO_SEVEN = "item 7 of the key in key.csv, for CO, has no text; add its row; the others keep their numbers"

BROKEN = (
    # The key.
    Broken("key.csv", "2,PO\n", "", ("items.csv, row 3: item 2 is not in the key in key.csv",)),
    Broken("key.csv", "PO\n", "SE\n", ("key.csv: no item measures PO (Power); key at least one",)),
    Broken(
        "key.csv", "4,AC\n", "4,AC\n4,BE\n", ("row 6: item 4 is keyed to BE, and to AC in key.csv, row 5; give each",)
    ),
    Broken("key.csv", "4,AC", "4,ACX", ("key.csv, row 5, column value: item 4 is keyed to 'ACX', which is no value",)),
    Broken(
        "key.csv", "2,PO", "2,POD", ("item 2 is keyed to 'POD', which is none of the 10 values", "did you mean 'PO'")
    ),
    Broken("key.csv", "\n5,SE", "\n,SE", ("key.csv, row 6: names no item; fill one of the columns number, item, id",)),
    Broken("key.csv", "value", "valeu", ("key.csv, row 1: no part has the columns item, valeu", "key: no file says")),
    # Counts and numbers.
    Broken(
        "items.csv", "7,They do thing 7.,Sie tun Ding 7.\n", "", ("20 items, where the key in key.csv has 21", NO_SEVEN)
    ),
    Broken("items.csv", "Ding 21.\n", "Ding 21.\n22,a,b\n", ("22 items, where", "row 23: item 22 is not in the key")),
    Broken("items.csv", "\n7,", "\n8,", ("row 9: item 8 has a text in items.csv, row 8 already; give", NO_SEVEN)),
    Broken("items.csv", "\n7,", "\n,", ("items.csv, row 8: has no number; fill one of the columns", NO_SEVEN)),
    Broken("items.csv", "\n7,", "\n7.0,", ("items.csv, row 8: item 7.0 is not in the key in key.csv", NO_SEVEN)),
    Broken(
        "items.csv", None, "id,text\npv1,a\npv2,b\n", ("none of its items is in the key in key.csv: it names 'pv1'",)
    ),
    # Texts.
    Broken(
        "items.csv",
        ",Sie tun Ding 7.",
        ",",
        ("items.csv, row 8, column text_de: item 7 has no text in 'de'; write it",),
    ),
    Broken(
        "items.csv",
        "number,text,text_de",
        "number,text_female,text_female_de,text_male",
        ("row 2, column text_male: item 1 has no male text in 'en'", "column text_male_de: item 1 has no male text in"),
    ),
    Broken(
        "items.csv", "text_de", "text_deu1", ("items.csv, row 1: there is no column 'text_deu1' for items; did you",)
    ),
    Broken("items.csv", "text_de", "text_en", ("row 2, column text: holds 'en', as column text_en does; keep one",)),
    # Answers.
    Broken(
        "answers.csv", "3,Half like me,Halb wie ich\n", "", ("column code: the codes are 1, 2, 4, 5, 6; give each",)
    ),
    Broken(
        "answers.csv", ",Halb wie ich", ",", ("answers.csv, row 4, column label_de: has no label in 'de'; give every",)
    ),
    Broken("answers.csv", "3,Half", "x,Half", ("answers.csv, row 4, column code: found 'x'; give a whole number",)),
    Broken("answers.csv", "Half like", "Like", ("answers.csv, answers: 2 options read 'like me' in 'en'; reword one",)),
    Broken("answers.csv", "label_de\n", "label_de,missing\n9,a,b,never\n", ("column missing: 'never' is no reason",)),
    Broken(
        "answers.csv", None, "", ("answers.csv: holds no rows below a header", "answers: no file says how they read")
    ),
    Broken("more.toml", None, FALLS + "points = 5", ("answers.csv: 6 answers, where more.toml has 5; give all 5",)),
    Broken("more.toml", None, FALLS + "points = '6'", ("more.toml, points: found '6'; give a number",)),
    Broken(
        "more.toml", None, FALLS + "scale = ['a', 'b']", ("more.toml: holds answers (columns code, label), as answers",)
    ),
    # The way the answers run.
    Broken(
        "more.toml", None, "title = 'x'", ("answers.csv: nothing says whether a high code is much or little like me",)
    ),
    Broken("more.toml", None, 'coding = "fallin"', ("more.toml, coding: found 'fallin'; did you mean 'falling'?",)),
    Broken(
        "answers.csv",
        None,
        "code,label,label_de,score\n1,a,a,1\n2,b,b,2\n",
        ("coding: contradicts itself: falling by more.toml, coding, rising by answers.csv, column score; let all",),
    ),
    Broken("answers.csv", None, "code,label,label_de,score\n1,a,a,1\n2,b,b,1\n", ("the scores neither rise nor fall",)),
    Broken("answers.csv", None, "code,label,label_de,score\n1,a,a,1\n2,b,b,\n", ("the scores neither rise nor fall",)),
    # Files.
    Broken("items.csv", None, "", ("items.csv: holds no rows below a header", "items: no file holds their texts")),
    Broken(
        "items.csv", None, b"number,text\n1,\xff\n", ("items.csv: line 2 is not UTF-8 (byte 0xff); save the file as",)
    ),
    Broken("items.csv", None, 'number,text\n1,"x\n', ("items.csv: row 2 is no CSV",)),
    Broken(
        "items.csv", None, "a,b\n1,2\n", ("items.csv, row 1: no part has the columns a, b; items: texts of the items",)
    ),
    Broken("more.toml", None, "coding = \n", ("more.toml, line 1, column 10: ",)),
    Broken("more.toml", None, FALLS + "codng = 1", ("more.toml, codng: is not known; did you mean 'coding'?",)),
    Broken("more.toml", None, FALLS + "key = [1]", ("more.toml, key: found [1]; give a list of tables: [[key]]",)),
    Broken("more.toml", None, FALLS + 'language = "klingon"', ("more.toml, language: 'klingon' is no language code",)),
    Broken("more.toml", None, FALLS + 'id = "no good"', ("id: the id holds ' '",)),
    Broken("more.toml", None, "", ("more.toml: holds nothing; give it items, key, scale",)),
)
