"""A workspace: the folder with params.yaml, and everything that can be done with it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pointsman.api import reviews
from pointsman.api.acts import Created, Review
from pointsman.api.queries import Queries, no_progress

if TYPE_CHECKING:
    from pointsman.api.acts import Certificate, Confirmation, Dashboard, ErasureTrace, Health, ModelList, Rollback
    from pointsman.api.allow import Allowed
    from pointsman.api.backtest import BacktestReport
    from pointsman.api.results import Check, Plan, Report
    from pointsman.ports.progress import Progress


def silence(_line: str) -> None:
    """Say nothing."""


class Workspace(Queries):
    """A folder with params.yaml. Each method is the command of the same name, and returns what ``--json`` prints.

    >>> workspace = Workspace.open(".")          # doctest: +SKIP
    >>> workspace.plan().decision["index"]       # doctest: +SKIP
    'update'
    """

    def __init__(self, root: Path | str = ".", *, progress: "Progress" = no_progress) -> None:
        """Name the folder; nothing is read."""
        super().__init__(root, progress=progress)
        self.created: Created | None = None
        """What ``init`` wrote, where this workspace comes from it."""

    @classmethod
    def open(cls, path: Path | str = ".", *, progress: "Progress" = no_progress) -> Self:
        """Return the workspace in a folder.

        Args:
            path: the folder that holds params.yaml.
            progress: gets ``(label, done, total)`` during long work.

        Raises:
            UsageError: there is no params.yaml, or it cannot be used; every wrong key is named.
        """
        from pointsman.settings.workspace import WorkspaceFolder

        WorkspaceFolder(path).params()
        return cls(path, progress=progress)

    @classmethod
    def init(
        cls,
        path: Path | str = ".",
        *,
        store: str | None = None,
        examples: str | None = None,
        probes: str | None = None,
        dry_run: bool = False,
        progress: "Progress" = no_progress,
    ) -> Self:
        """Write a workspace into a folder and return it; ``created`` says what was written. Nothing is overwritten.

        Args:
            path: the folder; it is made if it is not there.
            store: where the documents are: a folder relative to ``path``, or a URL.
            examples: folder of the examples.
            probes: folder of the probes.
            dry_run: write nothing.
            progress: gets ``(label, done, total)`` during long work.

        Raises:
            UsageError: the folder cannot be a workspace; nothing was written.
        """
        from pointsman.bootstrap.init import init_workspace

        report = init_workspace(path, store=store, examples=examples, probes=probes, dry_run=dry_run)
        made = cls(report.workspace, progress=progress)
        made.created = Created.of(report.as_json())
        return made

    def check(self) -> "Check":
        """Return what is wrong in params.yaml, the store, the examples and the probes, each with its way out."""
        from pointsman.api.check import check

        return check(self.root, self._progress)

    def plan(self) -> "Plan":
        """Return what the next refresh would do, why, and what it would cost; readers see no change."""
        from pointsman.api.loop import plan

        return plan(self.root, self._progress)

    def refresh(self, *, approve: bool = False, by: str = "", trigger: str = "manual") -> "Report":
        """Run the whole loop once. ``approve`` approves exactly what this run lists, in the name of ``by``."""
        from pointsman.api.loop import refresh

        return refresh(self.root, self._progress, approve=approve, by=by, trigger=trigger)

    def watch(
        self,
        *,
        debounce: float = 2.0,
        interval: float = 30.0,
        once: bool = False,
        say: Callable[[str], None] = silence,
    ) -> "Iterator[Report]":
        """Yield a report each time that something changed and then was quiet for ``debounce`` seconds.

        Args:
            debounce: seconds of quiet before a refresh.
            interval: seconds between two listings of a store that is no local folder.
            once: stop after the first refresh.
            say: gets what a person should know meanwhile; an error of one refresh does not end the watch.
        """
        from pointsman.api.loop import watch

        return watch(self.root, self._progress, debounce=debounce, interval=interval, once=once, say=say)

    def allow(self, document: str, *, until: str, by: str = "", note: str = "", fingerprint: str = "") -> "Allowed":
        """Add to allow.yaml what a document is refused for, so that it may be served until a day.

        Args:
            document: id of the refused document.
            until: the last day on which it counts, as 2027-03-31.
            by: who reviewed it; the user of the system by default.
            note: why it may be served.
            fingerprint: beginning of the fingerprint of one finding; without it, every one of the document.
        """
        from pointsman.api.allow import allow

        return allow(self.root, document, until=until, by=by, note=note, fingerprint=fingerprint)

    def rollback(self, release: str = "") -> "Rollback":
        """Move the live pointer back to a release (the one before by default): one write, no re-embedding."""
        return reviews.rollback(self.root, release)

    def approve(self, decision: str = "", *, by: str = "", note: str = "", no_refresh: bool = False) -> Review:
        """Approve a held decision, which runs the refresh, or the candidate of an inconclusive gate.

        Raises:
            UsageError: nothing waits, several do, or the store shows another change by now.
            OnHold: the candidate was overtaken.
        """
        said, again = reviews.approve(self.root, self._progress, decision, by=by, note=note)
        refresh = self.refresh(by=by, trigger="approve") if again and not no_refresh else None
        return Review.after(said, refresh)

    def reject(self, decision: str = "", *, by: str = "", note: str = "") -> Review:
        """Reject a held decision, or a candidate, and keep the reason."""
        return Review.after(reviews.reject(self.root, decision, by=by, note=note), None)

    def confirm(
        self,
        examples: Sequence[str] | None = None,
        *,
        document: str = "",
        everything: bool = False,
        by: str = "",
        note: str = "",
    ) -> "Confirmation":
        """Say that stale examples are still true for what their documents say now."""
        return reviews.confirm(
            self.root, self._progress, examples or (), document=document, everything=everything, by=by, note=note
        )

    def forget(
        self, document: str = "", *, dry_run: bool = False, copies: bool = False, note: str = "", lift: str = ""
    ) -> "Certificate | ErasureTrace":
        """Erase a document everywhere and return the certificate. It cannot be undone; nobody is asked.

        Args:
            document: its id.
            dry_run: return what would be removed instead.
            copies: forget documents with the same text too.
            note: why, for the certificate.
            lift: instead, take in again what this certificate forgot.

        Raises:
            UsageError: nothing is known of the document.
        """
        from pointsman.api import upkeep

        if lift:
            return upkeep.lift(self.root, self._progress, lift)
        if dry_run:
            return upkeep.trace(self.root, self._progress, document, copies=copies)
        return upkeep.forget(self.root, self._progress, document, copies=copies, note=note)

    def doctor(self, *, repair: bool = False, deep: bool = False, live: str = "") -> "Health":
        """Compare ledger, record, source, manifest and collection; with ``repair``, repair them.

        Args:
            repair: repair what was found.
            deep: embed a sample of the served texts again.
            live: beginning of the id of the live release, where the pointer is lost.
        """
        from pointsman.api.upkeep import doctor

        return doctor(self.root, self._progress, repair=repair, deep=deep, live=live)

    def models(self) -> "ModelList":
        """Check the models of params.yaml by their hash; prepare what is used for the first time."""
        from pointsman.api.upkeep import models

        return models(self.root)

    def ui(self, *, host: str = "127.0.0.1", port: int = 5000) -> "Dashboard":
        """Return the address of the MLflow dashboard, and the command line that serves it."""
        from pointsman.api.upkeep import dashboard

        return dashboard(self.root, host=host, port=port)

    def backtest(
        self,
        git: Path | str,
        path: str = ".",
        *,
        revision: str = "HEAD",
        since: str | None = None,
        until: str | None = None,
        by: Literal["commit", "day"] = "commit",
        holds: Literal["approve", "wait"] = "approve",
        variant: Sequence[str] | None = None,
        measure: bool = False,
        html: Path | None = None,
    ) -> "BacktestReport":
        """Replay a git history of documents through the diff, the guards and the policy; nothing is trained.

        Args:
            git: a clone, which is only read.
            path: the folder of it that holds the documents.
            revision: where the history ends: a branch, a tag or a commit.
            since: first day, or time (UTC); what was there before is live then.
            until: last day, or time (UTC).
            by: a refresh after each commit, or one at the end of each day (UTC).
            holds: a person approves every hold at once, or nobody does.
            variant: ``NAME=key:value,…``: other limits, replayed side by side.
            measure: embed the texts and measure retrieval at each moment.
            html: gets a page with plots and every moment.
        """
        from pointsman.api.backtest import replay

        return replay(
            self.root, Path(git), path, html=html, progress=self._progress, revision=revision, since=since,
            until=until, by=by, approve=holds == "approve", variants=variant or [], measure=measure,
        )  # fmt: skip
