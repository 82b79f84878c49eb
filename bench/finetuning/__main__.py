"""Does fine-tuning do what it is used for? Four proofs on real models with the product's own steps.

    make corpora && python -m bench.finetuning [a] [b] [c] [d] [--smoke]

(a) A generator adapter learns a new JSON form with citations. (b) A retriever adapter learns invented words and old
questions lose nothing. (c) After a fact changes, re-indexing alone changes the answers, and the gate refuses an adapter
that learned the old fact. (d) A second behaviour trained with experience replay keeps the first one; without replay the
first one is lost (catastrophic forgetting).

``sheets`` and ``notices`` make corpora and questions from a seed. Each claim has at least 100 held-out items and 95 %
intervals (Wilson, paired bootstrap). Finished steps are stored below ``.bench/finetuning`` under a hash of their inputs
and of the code, so an interrupted run continues. Every proof prints a table and writes
bench/results/finetuning-NAME.json; the exit code is 1 if a goal is missed. ``--smoke`` is small and writes no result.
"""

import argparse
import sys
from importlib import import_module

PROOFS = {"a": "json_shape", "b": "new_vocabulary", "c": "changed_facts", "d": "catastrophic_forgetting"}


def main() -> None:
    """Run the given proofs, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a, b, c, d; all of them by default")
    parser.add_argument(
        "--smoke", action="store_true", help="small and quick: a test of the code, not a proof; writes no result"
    )
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in PROOFS]
    if unknown:
        parser.error(f"there is no proof {', '.join(unknown)}; there are {', '.join(PROOFS)}")
    missed = []
    for name in given.names or sorted(PROOFS):
        verdict = import_module(f"bench.finetuning.{PROOFS[name]}").run_proof(smoke=given.smoke)
        verdict.show()
        if not given.smoke:
            print(f"written: bench/results/{verdict.keep().name}")
        missed += [] if verdict.met else [name]
    print(f"goals missed in {', '.join(missed)}" if missed else "every goal is met")
    sys.exit(1 if missed and not given.smoke else 0)


if __name__ == "__main__":
    main()
