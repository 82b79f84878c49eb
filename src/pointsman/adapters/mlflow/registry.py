"""Releases and their parts as registered versions, over the client it is given.

A version's tag ``content`` says what it is; the version of a release names the contents of its parts.
"""

from collections.abc import Mapping
from typing import Any

from pointsman.core.errors import PointsmanError

CONTENT, RELEASE = "content", "release"
"""Tags of a version: its content id, and the release it was first registered for."""
MODELS = {
    "index": "A corpus in a collection, as of one revision.",
    "retriever": "The embedder: base weights and adapter.",
    "generator": "The language model: base weights and adapter.",
    "release": "All that answers, named together. The alias live mirrors the ledger's pointer.",
}
"""Each is registered as ``pointsman-<part>``."""


def equals(tag: str, value: str) -> str:
    """Return the filter for a tag with a value.

    Raises:
        PointsmanError: the value would end the filter's text.
    """
    if "'" in value:
        raise PointsmanError(f"an id must not hold a quotation mark, as {value!r} does")
    return f"tags.`{tag}` = '{value}'"


def ensure_models(client: Any) -> None:
    """Make the registered models that are not there yet."""
    known = {model.name for model in client.search_registered_models("name LIKE 'pointsman-%'")}
    for part, text in MODELS.items():
        if f"pointsman-{part}" not in known:
            client.create_registered_model(f"pointsman-{part}", description=text)


def versions(client: Any, part: str, where: str = "") -> list[Any]:
    """Return the versions of a part that Pointsman registered, in no order."""
    found: list[Any] = []
    token = None
    while True:
        some = client.search_model_versions(f"name = 'pointsman-{part}'{where}", page_token=token)
        found += [v for v in some if CONTENT in v.tags]
        if not (token := some.token):
            return found


def version(client: Any, part: str, content: str | None) -> Any | None:
    """Return the oldest version of a part with this content, or None."""
    found = versions(client, part, f" and {equals(CONTENT, content)}") if content else []
    return min(found, key=lambda v: int(v.version), default=None)


def register(client: Any, run: Any, found: Mapping[str, tuple[str, str]]) -> None:
    """Make one version of every part whose content has none; the release's version names its parts."""
    name = found["release"][0]
    named = {part: content for part, (content, _) in found.items()}
    for part, (content, text) in found.items():
        if version(client, part, content) is None:
            own = {CONTENT: content, RELEASE: name} | (named if part == "release" else {})
            model, source = f"pointsman-{part}", run.info.artifact_uri
            client.create_model_version(model, source, run.info.run_id, tags=own, description=text)


def set_aliases(client: Any, wanted: Mapping[str, str | None]) -> None:
    """Point each alias at its release and at that release's parts; take it away where there is none."""
    held = {part: client.get_registered_model(f"pointsman-{part}").aliases for part in MODELS}
    for alias, release in wanted.items():
        row = version(client, "release", release)
        for part in MODELS:
            content = row.tags.get(part) if row else None
            target = version(client, part, content)
            if target is None and alias in held[part]:
                client.delete_registered_model_alias(f"pointsman-{part}", alias)
            elif target is not None and str(held[part].get(alias)) != str(target.version):
                client.set_registered_model_alias(f"pointsman-{part}", alias, target.version)
