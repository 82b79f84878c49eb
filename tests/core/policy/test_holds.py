"""Every guard has a stable code, shown with its reason, and the table is light enough for the docs to import."""

import subprocess
import sys

import pytest

from pointsman.core.corpus.comparison.losses import Loss, Marked
from pointsman.core.policy.decide import decide
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.judge import alarms
from pointsman.core.policy.holds import HOLDS, by_code
from tests.core.policy.guards.quiet import LOSSES
from tests.core.policy.samples import approved, evidence_of, limits_of, replace

LIMITS = limits_of(
    crowd_count=3,
    contradicting=0,
    exposed_count=3,
    instructions_count=0,
    **LOSSES,
    paths={"law/**": {"removed_count": 1, "removed_share": 0}},
)
QUIET = evidence_of({}, 100, 100, documents=100, has_live=True, live_bytes=1000, served_bytes=1000)
STOPPED: dict[str, Evidence] = {
    "guard.removed": replace(QUIET, changes={"removed": 50}),
    "guard.listing": replace(QUIET, listed_documents=0),
    "guard.listing_error": replace(QUIET, listing_error="no route to host"),
    "guard.bytes": replace(QUIET, served_bytes=1),
    "guard.near_duplicates": replace(QUIET, near_copies=50),
    "guard.crowd": replace(QUIET, crowd=3),
    "guard.contradicting": replace(QUIET, contradicting_copies=1),
    "guard.grown": replace(QUIET, grown=1, most_grown=("a.md", 10, 200_000)),
    "guard.refused": replace(QUIET, newly_refused=50),
    "guard.rolled_back": replace(QUIET, rolled_back="r7"),
    "guard.exposed": replace(QUIET, exposed=4),
    "guard.instructions": replace(QUIET, instructed=1, instructed_such=(("a.md", "gives a role: “x”"),)),
    "guard.edited_share": replace(QUIET, lost=Loss(documents=100, edited=95, rewritten=1.0, replaced=0.01)),
    "guard.replaced_share": replace(QUIET, lost=Loss(documents=100, edited=30, rewritten=30.0, replaced=0.3)),
    "guard.alike": replace(QUIET, alike=5),
    "guard.folder": replace(QUIET, lost_folders=(Loss("billing/", documents=40, removed=40),)),
    "guard.paths": replace(QUIET, lost_paths=(Loss("law/**", documents=40, removed=2),)),
    **{
        guard: replace(QUIET, marked=(Marked(guard, 50, ("a.md",)),))
        for guard in ("guard.encoding", "guard.page_kind", "guard.shortened", "guard.letters", "guard.language")
    },
}
CODES = {
    "guard.removed": "PM-H01", "guard.listing": "PM-H02", "guard.listing_error": "PM-H03", "guard.bytes": "PM-H04",
    "guard.near_duplicates": "PM-H05", "guard.crowd": "PM-H06", "guard.contradicting": "PM-H07",
    "guard.grown": "PM-H08", "guard.refused": "PM-H09", "guard.rolled_back": "PM-H10",
    "guard.exposed": "PM-H11", "guard.instructions": "PM-H12", "guard.edited_share": "PM-H13",
    "guard.replaced_share": "PM-H14", "guard.alike": "PM-H15", "guard.folder": "PM-H16", "guard.paths": "PM-H17",
    "guard.encoding": "PM-H18", "guard.page_kind": "PM-H19", "guard.shortened": "PM-H20", "guard.letters": "PM-H21",
    "guard.language": "PM-H22",
}  # fmt: skip
"""Written down here once more: a code is never given to another hold."""


def test_the_codes_are_these_for_ever() -> None:
    assert {signal: hold.code for signal, hold in HOLDS.items()} == CODES == {s: CODES[s] for s in STOPPED}


@pytest.mark.parametrize("guard", STOPPED)
def test_a_hold_shows_its_code_in_its_reason_and_its_way_out_in_a_flip(guard: str) -> None:
    decision = decide(STOPPED[guard], LIMITS)
    assert decision.hold
    (reason,) = [r for r in decision.reasons if r.signal == guard]
    assert reason.because.endswith(f"[{CODES[guard]}]")
    assert any(HOLDS[guard].what_to_do in flip for flip in decision.flips)


@pytest.mark.parametrize("guard", sorted(set(STOPPED) - {"guard.listing_error"}))
def test_an_approved_hold_still_shows_its_code_and_who_approved_it(guard: str) -> None:
    decision = decide(approved(STOPPED[guard], LIMITS), LIMITS)
    assert not decision.hold
    (reason,) = [r for r in decision.reasons if r.signal == guard]
    assert reason.because.endswith(f"[{CODES[guard]}]; approved with decision d0 by ann")


def test_each_code_has_a_title_and_what_to_do() -> None:
    table = by_code()
    assert list(table) == sorted(CODES.values())
    assert all(title.endswith(".") and what for title, what in table.values())
    assert len({title for title, _ in table.values()}) == len(table)


@pytest.mark.parametrize(
    ("guard", "evidence", "words"),
    [
        ("guard.crowd", replace(QUIET, crowd=3), "3 new documents begin alike"),
        (
            "guard.contradicting",
            replace(QUIET, contradicting_copies=1),
            "1 new or edited document nearly copies a served one",
        ),
        (
            "guard.contradicting",
            replace(QUIET, contradicting_copies=2),
            "2 new or edited documents nearly copy a served one",
        ),
        ("guard.grown", replace(QUIET, grown=2, most_grown=("a", 1, 200_000)), "and 1 more document grew as much"),
    ],
)
def test_numbers_and_verbs_agree(guard: str, evidence: Evidence, words: str) -> None:
    (alarm,) = alarms(evidence, LIMITS)
    assert (alarm.signal, words in alarm.because) == (guard, True)


def test_the_table_can_be_imported_without_anything_heavy() -> None:
    heavy = ("numpy", "torch", "mlflow", "prefect", "pandas", "transformers")
    code = f"import sys, pointsman.core.policy.holds; print([m for m in {heavy!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
