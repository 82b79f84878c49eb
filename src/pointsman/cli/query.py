"""Search and ask: passages and answers of the live release."""

from typing import Annotated

import typer

from pointsman.cli.app import As, Json, Where, app, finish, workspace


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    *,
    top_k: Annotated[
        int | None, typer.Option("--top-k", min=1, max=1000, help="Passages; retriever.top_k by default.")
    ] = None,
    groups: As = None,
    where: Where = None,
    as_json: Json = False,
) -> None:
    """Return the passages of the live release: dense and BM25, fused.

    A document with `access: [a, b]` in its front matter is found by a reader `--as a` or `--as b`, and by no other.

    Examples: `pointsman search "how do I upload a file"`, `pointsman search "pay scale" --as staff --where year=2026`
    """
    finish(workspace().search(question, top_k=top_k, groups=groups, where=where), as_json=as_json)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    *,
    groups: As = None,
    where: Where = None,
    as_json: Json = False,
) -> None:
    """Answer with citations, and name the release that answered; only from what the reader may see (`--as`).

    Examples: `pointsman ask "How do I stream a response?"`, `pointsman ask "…" --as staff --json | jq .citations`
    """
    finish(workspace().ask(question, groups=groups, where=where), as_json=as_json)
