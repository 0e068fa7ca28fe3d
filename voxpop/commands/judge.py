"""voxpop judge: judges read what respondents said; the rubrics there are, and how one reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from simulator.errors import EXIT_COMPLETE, EXIT_INCOMPLETE
from voxpop.commands import options

if TYPE_CHECKING:
    from voxpop.judging import JudgedRun


class _RunByDefault(TyperGroup):
    """`voxpop judge demo ...` is `voxpop judge run demo ...`: what is no verb here names a run."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the verb in where the user left it out."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the command group of this module."""
    group = typer.Typer(
        cls=_RunByDefault,
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Have judges read what respondents said: voxpop judge RUN --rubric NAME --judges SPEC.",
    )
    group.command(
        "run",
        epilog="Examples: voxpop judge demo --rubric insensitivity --judges synthetic_judge · "
        "voxpop judge demo --rubric stance --judges openai_compatible:my-model@http://127.0.0.1:8000/v1 --sample 200",
    )(judge)
    group.command("rubrics", epilog="Example: voxpop judge rubrics")(rubrics)
    group.command(
        "show-rubric", epilog="Examples: voxpop judge show-rubric insensitivity · voxpop judge show-rubric my.toml"
    )(show_rubric)
    group.command(
        "agree",
        epilog="Examples: voxpop judge agree demo · voxpop judge agree demo --human labels.csv · voxpop judge agree "
        "demo --planted --judge strict --by gender,age",
    )(agree)
    app.add_typer(group, name="judge")


Rubric = Annotated[str, typer.Argument(metavar="RUBRIC", help="A built-in rubric's name or the path of a rubric file.")]


def judge(
    run: options.Run,
    rubric: Annotated[str, typer.Option(help="A built-in rubric's name or the path of a rubric file.")],
    judges: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC[,SPEC...]",
            help="Who judges: synthetic_judge, openai_compatible:MODEL@URL, scripted:FILE or a file of judges "
            "(.toml); NAME=SPEC gives a name.",
        ),
    ],
    repeats: Annotated[int, typer.Option(min=1, help="Verdicts of each judge on each reply and criterion.")] = 1,
    sample: Annotated[
        str, typer.Option(help="Replies to judge: 1% (at least 30, or all there are), 200, or all.")
    ] = "1%",
    stratify: Annotated[
        str, typer.Option(help="What the sample is spread over: dimension, topic, item or arm.")
    ] = "dimension",
    items: Annotated[str | None, typer.Option(help="Only replies to these items, separated by commas.")] = None,
    arms: Annotated[str | None, typer.Option(help="Only replies in these arms, by number: 0,2.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the rubric; default: that of each respondent, where it has it.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of sample and label order; default: the run's.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Judgements under way at once.")] = 16,
    max_calls: Annotated[int | None, typer.Option(min=1, help="At most so many calls this time.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="At most so many tokens this time.")] = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> int:
    """Judge replies of a run. What has a verdict is not judged again: the same command goes on, more repeats add."""
    from simulator.budget import Limits
    from simulator.judges.catalog import find_rubric
    from simulator.judges.sample import read_sample_size
    from simulator.store.reader import Reader
    from voxpop.folders import find_record
    from voxpop.judge_specs import make_judges, read_judge_specs, split_specs
    from voxpop.judging import JudgingPlan, arm_numbers, judge_run
    from voxpop.judging_progress import shown

    record = find_record(run)
    plan = JudgingPlan(
        rubric=find_rubric(rubric),
        repeats=repeats,
        size=read_sample_size(sample),
        stratify=stratify,
        items=tuple(split_specs(items or "")),
        arms=arm_numbers(arms or ""),
        language=language,
        seed=seed,
        concurrency=concurrency,
        limits=Limits(calls=max_calls, tokens=max_tokens),
    )
    specs = read_judge_specs([spec for given in judges for spec in split_specs(given)])
    with Reader(record) as reader:
        run_seed = reader.run().seed
    panel = make_judges(specs, seed=run_seed if seed is None else seed)
    judged = judge_run(record, plan, panel, watch=lambda tally: shown(tally, run, quiet=quiet or as_json))
    return report(judged, plan.rubric.id, run, as_json=as_json)


def report(judged: JudgedRun, rubric: str, name: str, *, as_json: bool) -> int:
    """Say how judging ended; returns the exit status."""
    from voxpop.judging_words import judged_facts, print_judged
    from voxpop.terminal import print_json, say, stdout

    found = judged_facts(judged, rubric)
    if as_json:
        print_json(found)
    else:
        print_judged(stdout(), found, name)
    outcome = judged.outcome
    if outcome.is_complete:
        return EXIT_COMPLETE
    left = f"{outcome.n_open:,} {'judgement is' if outcome.n_open == 1 else 'judgements are'} open"
    if outcome.stopped_by is not None:
        left = f"stopped by its budget ({outcome.stopped_by}); {left}"
    for judge_name, error in outcome.gone.items():
        left += f"; judge {judge_name!r} is gone: {error}"
    if not outcome.gone and outcome.last_failure is not None:
        left += f": {outcome.last_failure}"
    message = f"{left}; all that was judged is recorded: go on with the same command"
    return say(message, "Incomplete", EXIT_INCOMPLETE, as_json=as_json)


def rubrics(as_json: options.Json = False) -> int:
    """The built-in rubrics: what they judge, by which criteria, in which order."""
    from voxpop.judging_words import print_rubrics

    print_rubrics(as_json=as_json)
    return EXIT_COMPLETE


def show_rubric(
    rubric: Rubric,
    language: Annotated[str | None, typer.Option(help="Only in this language.")] = None,
    as_json: options.Json = False,
) -> int:
    """A rubric as a judge gets it: criteria, definitions, labels, and what a judge is shown."""
    from voxpop.judging_words import print_rubric

    print_rubric(rubric, language=language, as_json=as_json)
    return EXIT_COMPLETE


def agree(
    run: options.Run,
    rubric: Annotated[str | None, typer.Option(help="The rubric, where the run was judged by several.")] = None,
    human: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="People's labels (CSV: respondent, item or exchange, criterion, label) to compare with.",
        ),
    ] = None,
    planted: Annotated[
        bool, typer.Option("--planted", help="Compare with the truth that known-truth respondents carry.")
    ] = False,
    judge: Annotated[
        str | None, typer.Option(help="Whose verdicts fault rates rest on; default: the majority of the panel.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Attributes to split fault rates by, separated by commas; default: all usable.")
    ] = None,
    resamples: Annotated[int, typer.Option(min=1, help="Resamples of respondents for intervals.")] = 999,
    seed: Annotated[int, typer.Option(help="Seed of the resamples.")] = 0,
    as_json: options.Json = False,
) -> int:
    """How far judges agree, which of them tell anything at all, and how often replies fail."""
    from pathlib import Path

    from voxpop.folders import find_record
    from voxpop.judge_agreement import judge_agreement
    from voxpop.judge_agreement_tables import print_judge_agreement
    from voxpop.judge_specs import split_specs
    from voxpop.soundness import blaming_the_record
    from voxpop.terminal import print_json, stdout

    record = find_record(run)
    with blaming_the_record(record):
        found = judge_agreement(
            record,
            rubric=rubric,
            human=None if human is None else Path(human),
            planted=planted,
            judge=judge,
            by=None if by is None else list(split_specs(by)),
            resamples=resamples,
            seed=seed,
        )
    if as_json:
        print_json(found.as_json())
    else:
        print_judge_agreement(stdout(), found)
    return EXIT_COMPLETE
