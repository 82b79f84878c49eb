"""Proofs that the weights track matters, on real models, by the product's own training, exam, retrieval and gate.

    make corpora && python -m bench.finetuning [a] [b] [c] [d] [--smoke]

(a) A new JSON shape with citations is learned. (b) A retriever adapter learns invented words and forgets nothing.
(c) Answers follow a changed fact after re-indexing alone, and an adapter that learned the old one is refused.
(d) A second behaviour learned with replay keeps the first; learned alone it does not. Corpora and questions are made by
``sheets`` and ``slang`` from a seed; each claim rests on at least 100 held-out items, with 95 % intervals (Wilson,
paired bootstrap). Steps that were finished are kept below ``.bench/finetuning`` under a hash of their inputs and of the
code, so that a run that was cut off goes on. Prints a table and writes bench/results/finetuning-NAME.json
for each; exit code 1 when a goal is missed. ``--smoke`` runs everything small and keeps no result.
"""

import argparse
import sys
from importlib import import_module

PROOFS = {"a": "json_shape", "b": "new_vocabulary", "c": "changed_facts", "d": "catastrophic_forgetting"}


def main() -> None:
    """Prove what is asked for, all of it by default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a, b, c, d; all of them by default")
    parser.add_argument("--smoke", action="store_true", help="small and quick; proves nothing, keeps no result")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in PROOFS]
    if unknown:
        parser.error(f"no proof is called {', '.join(unknown)}; there are {', '.join(PROOFS)}")
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
