"""Search and ask: passages and answers of the live release."""

from pathlib import Path
from typing import Annotated

import typer

from pointsman.cli.app import As, Json, Where, app, show


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
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.tables import rows_table
    from pointsman.core.index.filters import Filter
    from pointsman.core.prompt import clipped
    from pointsman.steps.serving.answer import search as search_of

    with open_desk(Path()) as desk:
        found = search_of(desk, question, top_k=top_k, allow=Filter.of(groups or (), where or ()))
    rows = [
        (
            "#".join(filter(None, (h["document"], h["anchor"])))
            + (f" and {n} more" if (n := len(h["also_in"])) else ""),
            " > ".join(h["headings"]),
            h["score"],
            clipped(h["text"], 30),
        )
        for h in found["hits"]
    ]
    show(
        found,
        as_json=as_json,
        table=lambda: rows_table(f"release {found['release']}", ["document", "section", "score", "text"], rows),
    )


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
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.cli.tables import facts_table
    from pointsman.core.index.filters import Filter
    from pointsman.steps.serving.answer import ask as ask_of

    with open_desk(Path()) as desk:
        found = ask_of(desk, question, allow=Filter.of(groups or (), where or ()))
    cited = f"{', '.join(found['citations'])} (by the {found['cited_by']})"
    rows = [("question", question), ("answer", found["answer"]), ("citations", cited), ("release", found["release"])]
    show(found, as_json=as_json, table=lambda: facts_table("ask", rows))
