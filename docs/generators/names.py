"""The names others rely on, each checked to be importable, with its signature and first sentence."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import voxpop
from generators.markdown import code, table

RELIED_ON = (
    "analysis.divergence.kl_divergence",
    "analysis.divergence.survey_kl",
    "analysis.divergence.js_divergence",
    "analysis.divergence.js_distance",
    "analysis.divergence.js_centroid",
    "analysis.divergence.dd_divergence",
    "analysis.divergence.answer_entropy",
    "analysis.divergence.emd_alignment",
    "analysis.divergence.mismatch_rate",
    "analysis.agreement.fleiss_kappa",
    "analysis.values.center_within_person",
    "analysis.values.ranking_correlation",
    "analysis.circumplex.mds_configuration",
    "analysis.circumplex.procrustes_ssd",
    "analysis.culture_map.culture_map",
    "analysis.diversity.response_diversity",
    "analysis.diversity.compression_ratio",
    "analysis.preferences.trueskill_preferences",
    "analysis.preferences.position_preferences",
    "analysis.uncertainty.bootstrap_ci",
    "simulator.probes.option_probabilities",
    "simulator.probes.sequence_probabilities",
    "simulator.probes.text_probabilities",
)


def resolve(dotted: str) -> Any:
    """The object called `dotted`. Raises ImportError or AttributeError where there is none."""
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)


def relied_on() -> str:
    """The statistics and probes, one row each."""
    rows = []
    for dotted in RELIED_ON:
        found = resolve(dotted)
        names = ", ".join(_parameter(at) for at in inspect.signature(found).parameters.values())
        rows.append([code(f"{dotted}({names})"), _sentence(found)])
    return table(["name", "is"], rows)


def public_names() -> str:
    """What `import voxpop as vp` offers."""
    rows = []
    for name in voxpop.__all__:
        found = getattr(voxpop, name)
        rows.append([code(f"vp.{name}"), code(found.__module__), _sentence(found)])
    return table(["name", "lives in", "is"], rows)


def _parameter(at: inspect.Parameter) -> str:
    return at.name if at.default is inspect.Parameter.empty else f"{at.name}={at.default!r}"


def _sentence(found: Any) -> str:
    """The first line of a docstring, or the first sentence of its first paragraph where that runs over the line."""
    paragraph = (inspect.getdoc(found) or "").partition("\n\n")[0]
    line = paragraph.partition("\n")[0]
    return line if line.endswith((".", ")")) else paragraph.replace("\n", " ").partition(". ")[0].rstrip(".") + "."
