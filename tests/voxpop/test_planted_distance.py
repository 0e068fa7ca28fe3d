"""A planted distance to people, recovered from the answers of whole runs; planted effects that an ablation shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2

from analysis.comparison import item_distributions
from analysis.divergence import emd_alignment, kl_divergence
from analysis.diversity import count_different, response_diversity
from simulator.engines.synthetic import SyntheticEngine
from simulator.errors import EngineRefused, InstrumentError
from simulator.seeds import rng_for
from simulator.store.reader import Reader
from surveys.importers.wvs import Wanted, import_wvs
from surveys.reference_file import write_reference
from surveys.serialize import instrument_to_toml
from voxpop.arms import load_arms
from voxpop.running import build_engine, launch, resume
from voxpop.spec import RunSpec, read_spec

N_EACH = 150
# Of the items that the US and China share: those whose every option was chosen by some people in both.
ITEMS = ("Q4", "Q27", "Q31", "Q32", "Q57", "Q122", "Q123", "Q124", "Q126", "Q127", "Q128", "Q129", "Q142", "Q143")
ITEMS += ("Q160", "Q165", "Q196", "Q197", "Q198", "Q199", "Q208", "Q213", "Q214", "Q216")

Table = NDArray[np.float64]


class People(NamedTuple):
    """Where survey, reference and spec lie."""

    folder: Path
    shares: dict[tuple[str, str], list[float]]


@pytest.fixture(scope="module")
def people(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> People:
    folder, source = tmp_path_factory.mktemp("wvs"), shared_data / "derived" / "wvs7_distributions_merged.json"
    found = import_wvs([source], Wanted(items=ITEMS, countries=("US", "CN")))
    write_reference(found.reference, folder / "people.json")
    assert found.instrument is not None
    (folder / "wvs.toml").write_text(instrument_to_toml(found.instrument), encoding="utf-8")
    shares = {(cell.item, cell.country): list(cell.shares.values()) for cell in found.reference.cells}
    assert len(shares) == 2 * len(ITEMS)
    return People(folder, shares)


def spec(people: People, seed: int, engine: str) -> RunSpec:
    path = people.folder / "run.toml"
    populations = "".join(
        f'[[population]]\nstrategy = "city"\ncountry = "{code}"\nlabel = "{code}"\nn = {N_EACH}\n'
        for code in ("US", "CN")
    )
    path.write_text(f'seed = {seed}\nsurvey = "wvs.toml"\n{populations}[engine]\nhumans = "people.json"\n{engine}')
    return read_spec(path)


def counted(record: Path) -> dict[tuple[str, str], Table]:
    """Answers by item and country, over the options in file order."""
    arms = load_arms([record], "population")
    counts = {}
    for arm in arms.arms:
        for at in item_distributions(arm.answers):
            item = arms.instrument.items[arms.positions[at.item]].id
            counts[item, arm.name] = np.round(np.asarray(at.shares) * at.n)
    return counts


def planted(who: SyntheticEngine, keys: list[tuple[str, str]]) -> list[Table]:
    return [np.array(list(who.planted_distribution(*key).values())) for key in keys]


def mean_over_items(measure: Callable[..., Any], rows: Sequence[Table], humans: Sequence[Table]) -> Table:
    """A measure between counts (..., n_options) and people, averaged over the items."""
    found = [
        measure(counts / counts.sum(-1, keepdims=True), np.broadcast_to(human, counts.shape))
        for counts, human in zip(rows, humans, strict=True)
    ]
    return np.asarray(np.mean(found, axis=0))


FAR = 'human_distance = 0.6\nhuman_contrast = "uniform"'


@pytest.mark.parametrize(
    ("seed", "engine"), [(1, "human_distance = 0.3"), (2, "human_distance = 0.3"), (3, FAR), (4, FAR)]
)
def test_the_planted_kl_and_emd_are_recovered(people: People, tmp_path: Path, seed: int, engine: str) -> None:
    run = spec(people, seed, engine)
    launch(run, tmp_path / "record.sqlite")
    counts = counted(tmp_path / "record.sqlite")
    keys, who = list(counts), build_engine(run)
    assert isinstance(who, SyntheticEngine)
    humans, truth = [np.array(people.shares[key]) for key in keys], planted(who, keys)
    # What samples of this size from the planted distributions give: the estimate must be one of them, and so must the
    # planted value once the samples' own bias is taken off.
    rng = rng_for(seed, "samples")
    samples = [rng.multinomial(N_EACH, row, size=500).astype(float) for row in truth]
    for measure in (kl_divergence, emd_alignment):
        drawn = mean_over_items(measure, samples, humans)
        exact = float(mean_over_items(measure, truth, humans))
        found = float(mean_over_items(measure, list(counts.values()), humans))
        low, high = np.quantile(drawn, [0.005, 0.995])
        assert low < found < high
        assert abs(found - (drawn.mean() - exact) - exact) < 2.8 * drawn.std()
        nobody = float(mean_over_items(measure, humans, humans))
        assert not low < nobody < high  # such a distance is no sampling noise


def test_with_no_distance_the_answers_are_a_sample_of_the_people(people: People, tmp_path: Path) -> None:
    launch(spec(people, 4, ""), tmp_path / "record.sqlite")
    statistic = freedom = 0.0
    for key, row in counted(tmp_path / "record.sqlite").items():
        expected = N_EACH * np.array(people.shares[key])
        statistic += float(((row - expected) ** 2 / expected).sum())
        freedom += len(row) - 1
    assert 0.005 < chi2.sf(statistic, freedom) < 0.995


def test_a_run_at_a_distance_goes_on_where_it_stopped(people: People, tmp_path: Path) -> None:
    run = spec(people, 5, "human_distance = 0.2")
    run = run.model_copy(update={"survey": run.survey.model_copy(update={"limit": 5})})
    whole, cut = tmp_path / "whole.sqlite", tmp_path / "cut.sqlite"
    launch(run, whole)
    with pytest.raises(KeyboardInterrupt):
        launch(run, cut, engine=Leaving(build_engine(run)))
    resume(cut)
    with Reader(whole) as one, Reader(cut) as other:
        assert list(one.answers()) == list(other.answers())


class Leaving(SyntheticEngine):
    """Known-truth respondents who are interrupted after a thousand calls."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner.truth, inner.seed)
        self._left = 1000

    async def complete(self, request: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt
        return await super().complete(request)


def test_items_without_people_end_the_run_with_their_name(people: People, tmp_path: Path) -> None:
    run = spec(people, 6, "human_distance = 0.2")
    other = run.model_copy(update={"survey": run.survey.model_copy(update={"instrument": "civic-topics"})})
    with pytest.raises(EngineRefused, match=r"no human answers are planted for item 'legal-abortion-1'"):
        launch(other, tmp_path / "record.sqlite")


def test_a_reference_that_is_not_there_is_named_before_anything_is_asked(people: People, tmp_path: Path) -> None:
    run = spec(people, 7, "")
    (people.folder / "people.json").rename(people.folder / "gone.json")
    try:
        with pytest.raises(InstrumentError, match=r"people\.json"):
            launch(run, tmp_path / "record.sqlite")
    finally:
        (people.folder / "gone.json").rename(people.folder / "people.json")
    assert not (tmp_path / "record.sqlite").exists()


ABLATED = """
seed = 2
[survey]
limit = 12
[population]
strategy = "city"
regions = "def"
drawing = "uniform"
detail = "region"
n = 200
[asking]
answer_format = "explained"
[settings]
draws = "published-paper"
[arms]
ablation = ["full", "no-memory", "no-decoding", "no-location", "none"]
[engine]
person_spread = 0
level_spread = 0
verbosity = 0.5
"""


def diversity_by_ablation(record: Path) -> dict[str, float]:
    """Response diversity (Liu et al. 2025) of every arm, in whole replies."""
    with Reader(record) as reader:
        arms = {row.id: row.settings["ablation"] for row in reader.conditions()}
        said: dict[str, dict[int, list[str | None]]] = {}
        for row in reader.exchanges():
            said.setdefault(arms[row.condition], {}).setdefault(row.item or 0, []).append(row.completion)
    return {
        name: response_diversity(count_different(items.values()), len(items), len(items[0]))
        for name, items in said.items()
    }


@pytest.mark.parametrize("effect", ["place_effect = 1.2", "place_effect = 0"])
def test_an_ablation_shows_what_is_planted(tmp_path: Path, effect: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(f"{ABLATED}decoding_effect = 1\n{effect}\n", encoding="utf-8")
    launch(read_spec(path), tmp_path / "record.sqlite")
    found = diversity_by_ablation(tmp_path / "record.sqlite")
    assert found["none"] == 0  # one place, one temperature, nobody differs: one reply
    assert found["full"] > 0.3
    assert found["no-decoding"] < found["full"] - 0.1
    # Greedy decoding leaves what the places differ in, and nothing where they do not.
    assert (found["no-decoding"] > 0.05) == (effect == "place_effect = 1.2")
