"""Doctor, forget, models and dashboard: looking after a workspace."""

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pointsman.api.acts import Certificate, Dashboard, Health, ModelList, Trace

if TYPE_CHECKING:
    from pointsman.ports.progress import Progress


def doctor(root: Path, progress: "Progress", *, repair: bool, deep: bool, live: str) -> Health:
    """Compare ledger, record, source, manifest and collection; with ``repair``, heal them."""
    from pointsman.bootstrap.workspace import open_resources, sole_writer
    from pointsman.bootstrap.write_session import writing
    from pointsman.steps.maintenance.doctor import diagnose

    with (
        sole_writer(root) if repair else nullcontext(),
        open_resources(root, progress) as opened,
        writing(root, opened) if repair else nullcontext(opened) as resources,
    ):
        findings = diagnose(
            resources.intake, repair=repair, deep=deep, live=live or None,
            serving=resources.serving, records=resources.records, progress=resources.progress,
            erasure_sweep=resources.erasure_sweep,
        )  # fmt: skip
    return Health.of(findings.as_json())


def trace(root: Path, progress: "Progress", document: str, *, copies: bool) -> Trace:
    """Return what is known of a document; what an earlier forgetting left undone is finished first.

    Raises:
        UsageError: nothing is known of it.
    """
    from pointsman.bootstrap.workspace import open_resources, sole_writer
    from pointsman.bootstrap.write_session import writing
    from pointsman.steps.erasure.erase import find_and_resume
    from pointsman.steps.erasure.request import known_here

    with sole_writer(root), open_resources(root, progress) as opened, writing(root, opened) as resources:
        found = find_and_resume(
            resources.intake, document, copies=copies,
            serving=resources.serving, records=resources.records, erasure_sweep=resources.erasure_sweep,
        )  # fmt: skip
        known_here(found, ledger=resources.ledger)
    return Trace.of(found.as_json())


def forget(root: Path, progress: "Progress", document: str, *, copies: bool, note: str) -> Certificate:
    """Erase a document everywhere and return the certificate."""
    from pointsman.bootstrap.workspace import open_resources, sole_writer
    from pointsman.bootstrap.write_session import writing
    from pointsman.steps.erasure import erase

    with sole_writer(root), open_resources(root, progress) as opened, writing(root, opened) as resources:
        serving, records, sweep = resources.serving, resources.records, resources.erasure_sweep
        found = erase.find_and_resume(
            resources.intake, document, copies=copies, serving=serving, records=records, erasure_sweep=sweep
        )
        return Certificate.of(
            erase.forget(resources.intake, found, note=note, serving=serving, records=records, erasure_sweep=sweep)
        )


def lift(root: Path, progress: "Progress", certificate: str) -> Certificate:
    """Take a forgotten document in again with the next refresh."""
    from pointsman.bootstrap.workspace import open_resources, sole_writer
    from pointsman.bootstrap.write_session import writing
    from pointsman.steps.erasure.request import lift as lift_of

    with sole_writer(root), open_resources(root, progress) as opened, writing(root, opened) as resources:
        lifted = lift_of(certificate, ledger=resources.ledger, now=resources.now, tracker=resources.tracker)
    return Certificate.of({"lifted": lifted})


def models(root: Path) -> ModelList:
    """Check the models of params.yaml by their hash; prepare what is used for the first time."""
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.core.release import Model

    with open_resources(root) as resources:
        found = {role: resources.models.base(role) for role in ("retriever", "generator")}
        reranking = resources.models.reranking()
        found |= {"reranker": Model(reranking.model, reranking.base)} if reranking else {}
        engine = resources.models.engine(found["retriever"])
    return ModelList.of({"models": {role: asdict(model) for role, model in found.items()}, "engine": engine})


def dashboard(root: Path, *, host: str, port: int) -> Dashboard:
    """Return the address of the MLflow dashboard and the command line that serves it."""
    from pointsman.bootstrap.workspace import dashboard_command

    return Dashboard.of({"url": f"http://{host}:{port}", "command": dashboard_command(root, host, port)})
