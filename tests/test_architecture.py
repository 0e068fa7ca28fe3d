"""Who may import whom, and that every module says what it is: the house of the design, held by a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("surveys", "personas", "simulator", "analysis", "voxpop")

# Module prefix → prefixes of ours that it may import, besides what lies under the prefix itself. The longest prefix
# decides.
ALLOWED: dict[str, tuple[str, ...]] = {
    "surveys": ("simulator.errors", "simulator.seeds"),
    "personas": ("simulator.errors", "simulator.seeds"),
    "simulator.errors": (),
    "simulator.seeds": ("simulator.errors",),
    "simulator.messages": ("simulator.errors", "simulator.seeds"),
    "simulator.store": ("simulator.errors", "simulator.messages"),
    "simulator.engines": ("simulator.errors", "simulator.seeds", "simulator.messages"),
    "simulator.engines.synthetic": (
        "simulator.engines",
        "simulator.errors",
        "simulator.seeds",
        "simulator.messages",
        "surveys.values",
    ),
    "simulator.engines.replay": (
        "simulator.engines",
        "simulator.errors",
        "simulator.messages",
        "simulator.store",
        "simulator.positions",
    ),
    "simulator": ("surveys", "personas"),
    "analysis": ("surveys", "personas", "simulator.errors", "simulator.store.reader", "simulator.store.records"),
    "voxpop": OURS,
}


def modules() -> Iterator[tuple[str, Path]]:
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write the whole name"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else str(node.module)


def under(module: str, prefix: str) -> bool:
    # A prefix covers its submodules and siblings that continue its name: synthetic covers synthetic_text.
    return module == prefix or module.startswith((f"{prefix}.", f"{prefix}_"))


def rule_for(module: str) -> str:
    return max((prefix for prefix in ALLOWED if under(module, prefix)), key=len)


@pytest.mark.parametrize("module", MODULES)
def test_imports_keep_to_the_contract(module: str) -> None:
    rule = rule_for(module)
    for imported in imports(MODULES[module]):
        if imported.split(".")[0] not in OURS:
            continue
        may = under(imported, rule) or any(under(imported, prefix) for prefix in ALLOWED[rule])
        assert may, f"{module} imports {imported}, which {rule} may not"


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is(module: str) -> None:
    text = ast.get_docstring(ast.parse(MODULES[module].read_text(encoding="utf-8")))
    assert text and len(text) > 30, f"{module} has no docstring that says what it is"


def test_the_contract_catches_a_violation(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("from voxpop.spec import RunSpec\n", encoding="utf-8")
    assert list(imports(path)) == ["voxpop.spec"]
    assert not any(under("voxpop.spec", prefix) for prefix in ALLOWED[rule_for("surveys.loader")])
