"""Run and score the scenarios.

    python -m bench.scenarios run [--scenario ID ...] [--family F ...] [--action A ...] [--seed N ...] [--minutes M]
    python -m bench.scenarios run --evidence
    python -m bench.scenarios status
    python -m bench.scenarios score

``run`` carries actions out with real models and stores each outcome. It can be killed at any time; the next run
continues. ``score`` asks every policy for its action, from the recorded evidence, and compares it with the measured
outcomes. It loads no model and takes seconds.
"""

import argparse
import logging
import os
import sys

from bench.scenarios.cases.catalogue import SCENARIOS, chosen
from bench.scenarios.matrix import Matrix
from bench.scenarios.world import ACTIONS, FAMILIES
from pointsman.core.errors import PointsmanError

SEED = 17


def main() -> None:
    """Run the command that was given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="carry out and measure the actions that are not measured yet")
    run.add_argument("--scenario", nargs="+", default=[], metavar="ID")
    run.add_argument("--family", nargs="+", default=[], choices=FAMILIES)
    run.add_argument("--corpus", choices=("yard", "flask"))
    run.add_argument("--action", nargs="+", default=list(ACTIONS), choices=ACTIONS)
    run.add_argument("--seed", nargs="+", type=int, default=[SEED])
    run.add_argument("--evidence", action="store_true", help="record the evidence again; carry out no action")
    run.add_argument("--minutes", type=float, help="start no action after this many minutes")
    commands.add_parser("status", help="what is measured and what is missing")
    commands.add_parser("score", help="score every policy on the measured outcomes")
    given = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    logging.disable(logging.WARNING)
    try:
        sys.exit({"run": _run, "status": _status, "score": _score}[given.command](given))
    except PointsmanError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


def _run(given: argparse.Namespace) -> int:
    from bench.scenarios.run import OutOfTime, Run

    matrix = Matrix()
    run = Run(matrix, minutes=given.minutes, tell=lambda line: print(line, flush=True))
    families = given.family or FAMILIES
    try:
        for scenario in chosen(given.scenario):
            for seed in given.seed:
                if scenario.family in families and scenario.base.startswith(given.corpus or ""):
                    run.scenario(scenario, seed, () if given.evidence else given.action, anew=given.evidence)
    except OutOfTime:
        print("the time is over; run it again to continue")
    for id_ in matrix.unused():
        matrix.drop(id_)
    return 0


def _status(_given: argparse.Namespace) -> int:
    from bench.scenarios.report import status_table

    status_table(Matrix(), list(SCENARIOS.values()))
    return 0


def _score(_given: argparse.Namespace) -> int:
    from bench.scenarios.report import keep, tables
    from bench.scenarios.score import score

    result = score(Matrix().rows(), Matrix())
    tables(result)
    keep(result)
    return 0


if __name__ == "__main__":
    main()
