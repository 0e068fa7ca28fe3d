"""The record for human eyes: views in which numbers are names and codes are texts. For SQL consoles and Datasette.

Nothing in voxpop reads them. Texts appear in the language that the respondent was asked in, else in the first there is.
"""

from __future__ import annotations

# Content may hold any text (see `cells`), and SQLite's JSON functions take TEXT alone.
_CONTENT = "CAST(item.content AS TEXT)"
_ARM = "(SELECT id, json_extract(CAST(settings AS TEXT), '$.language') AS language FROM condition) AS arm"


def _name(respondent: str) -> str:
    return f"printf('r%04d', {respondent}) AS respondent"


def _in_language(texts: str) -> str:
    """The entry of the JSON object `texts` in the arm's language, else its first."""
    wanted = f"""json_extract({texts}, '$."' || arm.language || '"')"""
    return f"coalesce({wanted}, (SELECT value FROM json_each({texts}) LIMIT 1))"


_OPTION_TEXT = f"""(
    SELECT {_in_language("json_extract(option.value, '$.text')")}
    FROM json_each({_CONTENT}, '$.options') AS option
    WHERE json_extract(option.value, '$.code') = answer.code
  )"""

VIEWS = {
    "answers_flat": f"""SELECT
  {_name("answer.respondent")},
  respondent.strategy,
  respondent.condition,
  item.item_id,
  json_extract({_CONTENT}, '$.topic') AS topic,
  answer.status,
  answer.code,
  answer.codes,
  {_OPTION_TEXT} AS option_text,
  answer.text,
  answer.reason,
  answer.probabilities,
  answer.option_mass,
  respondent.weight,
  respondent.persona_id,
  answer.exchange
FROM answer
JOIN item ON item.position = answer.item
LEFT JOIN respondent ON respondent.number = answer.respondent
LEFT JOIN {_ARM} ON arm.id = respondent.condition""",
    "transcript": f"""SELECT
  {_name("exchange.respondent")},
  exchange.number,
  item.item_id,
  {_in_language(f"json_extract({_CONTENT}, '$.text')")} AS question,
  exchange.try_number,
  exchange.completion,
  exchange.error,
  exchange.remembered,
  exchange.option_order,
  exchange.labels,
  coalesce(exchange.role, 'respondent') AS role
FROM exchange
LEFT JOIN item ON item.position = exchange.item
LEFT JOIN {_ARM} ON arm.id = exchange.condition""",
    "progress": f"""SELECT
  respondent.condition,
  respondent.strategy,
  arm.language,
  answer.status,
  count(*) AS n_answers
FROM answer
JOIN respondent ON respondent.number = answer.respondent
LEFT JOIN {_ARM} ON arm.id = respondent.condition
GROUP BY 1, 2, 3, 4""",
}
