"""The annotated tree of the README, from the first line of each package's docstring."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import shorten

PACKAGES = ("surveys", "personas", "simulator", "analysis", "voxpop")
OTHERS = {
    "runs/": "Recipes (TOML) and, under each run's name, its record.",
    "benchmarks/": "What is measured: speed and size, durability, recovery of planted truth.",
    "docs/": "Reference and decisions; generated parts are checked.",
    "tests/": "Mirrors the tree.",
}
WIDTH = 100


def package_tree(root: Path) -> str:
    """Folder by folder, two levels deep."""
    rows = [(name, text) for package in PACKAGES for name, text in _package(root, package)]
    rows += list(OTHERS.items())
    left = max(len(name) for name, _ in rows)
    return (
        "```text\n"
        + "\n".join(f"{name:<{left}}  {shorten(text, WIDTH, placeholder=' …')}" for name, text in rows)
        + "\n```"
    )


def _package(root: Path, package: str) -> list[tuple[str, str]]:
    rows = [(f"{package}/", _first_sentence(root / package / "__init__.py"))]
    for folder in sorted((root / package).iterdir()):
        if (folder / "__init__.py").is_file():
            rows.append((f"  {folder.name}/", _first_sentence(folder / "__init__.py")))
    return rows


def _first_sentence(path: Path) -> str:
    """The first sentence of a module's docstring."""
    text = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
    text = text.removeprefix("voxpop: ").partition(". ")[0].rstrip(".") + "."
    return text[0].upper() + text[1:]
