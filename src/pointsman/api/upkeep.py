"""Doctor, forget, models and dashboard: looking after a workspace."""

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pointsman.api.acts import Certificate, Dashboard, ErasureTrace, Health, ModelList

if TYPE_CHECKING:
    from pointsman.core.release import Model
    from pointsman.ports.models import Models
    from pointsman.ports.progress import Progress


def doctor(root: Path, progress: "Progress", *, repair: bool, deep: bool, live: str) -> Health:
    """Compare ledger, record, source, manifest and collection; with ``repair``, repair them."""
    from pointsman.bootstrap.workspace import open_resources, sole_writer
    from pointsman.bootstrap.write_session import writing
    from pointsman.steps.maintenance.doctor import diagnose

    with (
        sole_writer(root, does="doctor --repair") if repair else nullcontext(),
        open_resources(root, progress) as opened,
        writing(root, opened, does="doctor --repair") if repair else nullcontext(opened) as resources,
    ):
        findings = diagnose(
            resources.intake, repair=repair, deep=deep, live=live or None,
            serving=resources.serving, records=resources.records, progress=resources.progress,
            erasure_sweep=resources.erasure_sweep,
        )  # fmt: skip
    return Health.of(findings.as_json())


def trace(root: Path, progress: "Progress", document: str, *, copies: bool) -> ErasureTrace:
    """Return what is known of a document; what an earlier forgetting left undone is finished first.

    Raises:
        UsageError: nothing is known of it.
    """
    from pointsman.bootstrap.workspace import open_resources, sole_writer
    from pointsman.bootstrap.write_session import writing
    from pointsman.steps.erasure.erase import find_and_resume
    from pointsman.steps.erasure.request import known_here

    does = "forget"  # without the name: nothing of the document may stay
    with (
        sole_writer(root, does=does),
        open_resources(root, progress) as opened,
        writing(root, opened, does=does) as resources,
    ):
        found = find_and_resume(
            resources.intake, document, copies=copies,
            serving=resources.serving, records=resources.records, erasure_sweep=resources.erasure_sweep,
        )  # fmt: skip
        known_here(found, ledger=resources.ledger)
    return ErasureTrace.of(found.as_json())


def forget(root: Path, progress: "Progress", document: str, *, copies: bool, note: str) -> Certificate:
    """Erase a document everywhere and return the certificate."""
    from pointsman.bootstrap.workspace import open_resources, sole_writer
    from pointsman.bootstrap.write_session import writing
    from pointsman.steps.erasure import erase

    does = "forget"  # without the name: nothing of the document may stay
    with (
        sole_writer(root, does=does),
        open_resources(root, progress) as opened,
        writing(root, opened, does=does) as resources,
    ):
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

    does = "forget --lift"
    with (
        sole_writer(root, does=does),
        open_resources(root, progress) as opened,
        writing(root, opened, does=does) as resources,
    ):
        lifted = lift_of(certificate, ledger=resources.ledger, now=resources.now, tracker=resources.tracker)
    return Certificate.of({"lifted": lifted})


def models(root: Path) -> ModelList:
    """Check the models of params.yaml by their hash; prepare what is used for the first time.

    A model that is missing is listed with what is wrong and its way out.
    """
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.core.errors import UsageError

    found: dict[str, dict[str, object]] = {}
    with open_resources(root) as resources:
        params = resources.params
        rerank = params.retriever.rerank
        named = {"retriever": params.retriever.model, "generator": params.generator.model}
        named |= {"reranker": rerank.model} if rerank else {}
        for role, name in named.items():
            try:
                found[role] = asdict(_model(resources.models, role))
            except UsageError as error:
                found[role] = {"model": name, "base": None, "adapter": None, "problem": str(error)}
        there = "problem" not in found["retriever"]
        engine = resources.models.engine(resources.models.base("retriever")) if there else "none: the model is missing"
    return ModelList.of({"models": found, "engine": engine})


def _model(models: "Models", role: str) -> "Model":
    """Return the model of a role as params.yaml names it; it is prepared at its first use.

    Raises:
        ModelMissing: it is not there.
    """
    from pointsman.core.release import Model

    if role != "reranker":
        return models.base("retriever" if role == "retriever" else "generator")
    reranking = models.reranking()
    if reranking is None:
        raise AssertionError("asked only where params.yaml names a reranker")
    return Model(reranking.model, reranking.base)


def dashboard(root: Path, *, host: str, port: int) -> Dashboard:
    """Return the address of the MLflow dashboard and the command line that serves it."""
    from pointsman.bootstrap.workspace import dashboard_command

    return Dashboard.of({"url": f"http://{host}:{port}", "command": dashboard_command(root, host, port)})
