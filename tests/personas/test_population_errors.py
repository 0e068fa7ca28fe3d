"""What is wrong in a plan is named, with what is allowed."""

from __future__ import annotations

import json

import pytest

from personas.population import Population, draw
from personas.reading import population_from_mapping, population_to_mapping
from simulator.errors import ConfigError, PopulationError


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"strategy": "citty", "n": 5}, r"no strategy 'citty'; did you mean 'city'\?"),
        ({"strategy": "city+deomgraphic", "n": 5, "country": "US"}, "did you mean 'demographic'"),
        ({"strategy": "city+city", "n": 5, "country": "US"}, "names one twice"),
        ({"strategy": 7, "n": 5}, "strategy is 7"),
        ({"n": 5}, "strategy is None"),
        ({"strategy": "basic"}, "needs n"),
        ({"strategy": "basic", "n": 0}, "n is 0; it must be a whole number of at least 1"),
        ({"strategy": "basic", "n": -3}, "n is -3"),
        ({"strategy": "basic", "n": 2.5}, r"n is 2\.5"),
        ({"strategy": "basic", "n": True}, "n is True"),
        ({"strategy": "basic", "n": "10"}, "n is '10'"),
        ({"strategy": "city", "n": 5}, "needs a country"),
        ({"strategy": "city", "n": 5, "country": "Germny"}, "did you mean 'Germany'"),
        ({"strategy": "city", "n": 5, "country": 49}, "country is 49"),
        ({"strategy": "city", "n": 5, "country": "US", "regions": ["Texs"]}, "did you mean 'Texas'"),
        ({"strategy": "city", "n": 5, "country": "US", "regions": "large"}, "regions is 'large'"),
        ({"strategy": "city", "n": 5, "country": "DE", "regions": "def"}, "none in Germany"),
        ({"strategy": "city", "n": 5, "country": "US", "detail": "street"}, "detail is 'street'"),
        ({"strategy": "city", "n": 5, "country": "US", "drawing": "unifrom"}, "did you mean 'uniform'"),
        ({"strategy": "city", "n": 5, "country": "US", "quotas": "yes"}, "quotas 'yes'"),
        ({"strategy": "city", "n": 5, "country": "US", "languages": []}, "no language"),
        ({"strategy": "city", "n": 5, "contry": "US"}, "did you mean 'country'"),
        ({"strategy": "city", "n": 5, "country": "US", "anchors": 19}, "'city' has no option 'anchors'"),
        ({"strategy": "city", "n": 5, "country": "US", "templates": {"named": "x"}}, "which is not drawn"),
        ({"strategy": "value-anchor", "n": 5, "anchors": 21}, "anchors is '21'"),
        ({"strategy": "named", "n": 1501}, "1500 distinct names"),
        ({"strategy": "demographic", "n": 5, "base": "census"}, "exactly one country"),
        ({"strategy": "demographic", "n": 5, "base": "wvs"}, "base is 'wvs'"),
        ({"strategy": "demographic", "n": 5, "variables": "age"}, "variables is 'age'"),
        ({"strategy": "demographic", "n": 5, "variables": ["religion"]}, "no margin of 'religion' is known"),
        ({"strategy": "demographic", "n": 5, "rake_to": "census"}, "exactly one country"),
        ({"strategy": "demographic", "n": 5, "margins": "cencus"}, "did you mean 'census'"),
        ({"strategy": "demographic", "n": 5, "margins": 3}, "margins is 3"),
        ({"strategy": "demographic", "n": 5, "margins": {"age": {"shares": {"18-29": 1}}}}, "source None"),
        (
            {"strategy": "demographic", "n": 5, "margins": {"age": {"source": "s", "year": 2020}}},
            "either shares or counts",
        ),
        (
            {"strategy": "demographic", "n": 5, "margins": {"age": {"share": {}, "source": "s", "year": 2020}}},
            "did you mean 'shares'",
        ),
        (
            {
                "strategy": "demographic",
                "n": 5,
                "margins": {"age": {"shares": {"young": 1}, "source": "s", "year": 2020}},
            },
            "category 'young' is no age",
        ),
        (
            {"strategy": "city", "n": 5, "country": "US", "margins": {"age": {"counts": {"18-29": 1}, "source": "s",
             "year": 2020}}},
            "draws from no margins",
        ),
        ({"strategy": "table"}, "needs a path"),
        ({"strategy": "table", "path": "a.csv"}, "needs a template"),
        ({"strategy": "table", "path": "a.csv", "template": "x", "weights": "kept"}, "did you mean 'keep'"),
        ({"strategy": "table", "path": "a.csv", "template": "x", "weights": "sample"}, "needs the name of the weight"),
        ({"strategy": "basic", "n": 5, "options": [1]}, "options is"),
    ],
)  # fmt: skip
def test_faulty_plans(data, message):
    with pytest.raises(PopulationError, match=message) as caught:
        population_from_mapping(data)
    assert isinstance(caught.value, ConfigError) and caught.value.exit_status == 2


def test_faults_found_when_drawing():
    with pytest.raises(PopulationError, match=r"no value for \{citty\}; did you mean 'city'"):
        draw(Population.city("US", n=1, template="{citty}"), 1)
    with pytest.raises(PopulationError, match=r"no text in language 'fr'; allowed are: en, de, zh, ja"):
        draw(Population.city("US", n=1, languages="fr"), 1)
    with pytest.raises(PopulationError, match="no variable 'income'"):
        rake_to = {"income": {"shares": {"low": 1}, "source": "s", "year": 2020}}
        draw(Population.demographic(3, rake_to=rake_to), 1)
    with pytest.raises(PopulationError, match="both 'city' and 'demographic' give 'region'"):
        margins = {"region": {"shares": {"north": 1}, "source": "s", "year": 2020}}
        draw(Population.combine("city", "demographic", n=3, country="US", margins=margins), 1)


def test_the_written_form_and_the_constructors_agree():
    written = population_from_mapping(
        {
            "strategy": ["city", "demographic"],
            "n": 9,
            "country": "US",
            "language": "de",
            "drawing": "quota",
            "options": {"detail": "region"},
            "margins": {"gender": {"counts": {"male": 49, "female": 51}, "source": "s", "year": 2020}},
        }
    )
    built = Population.combine(
        "city", "demographic", n=9, country="US", languages=["de"], quotas=True, detail="region",
        margins={"gender": {"shares": {"male": 0.49, "female": 0.51}, "source": "s", "year": 2020}},
    )  # fmt: skip
    assert written == built
    assert draw(written, 1).personas == draw(built, 1).personas
    again = population_from_mapping(json.loads(json.dumps(population_to_mapping(built))))
    assert again == built
    assert draw(again, 1).personas == draw(built, 1).personas


def test_nothing_heavy_is_imported_to_plan_a_population():
    import subprocess
    import sys

    code = "import sys, personas.population; print([m for m in ('pandas', 'pyreadstat', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
