"""Releases and their parts as registered versions in MLflow.

The tag ``content`` of a version is its content id; the version of a release names the contents of its parts.
"""

from collections.abc import Mapping
from typing import Any

from pointsman.core.errors import PointsmanError

CONTENT, RELEASE = "content", "release"
"""Tags of a version: its content id, and the first release that used it."""
MODELS = {
    "index": "A corpus in a collection, as of one revision.",
    "retriever": "The embedder: base weights and adapter.",
    "generator": "The language model: base weights and adapter.",
    "release": "Index and models that answer together. The alias live is a copy of the ledger's pointer.",
}
"""Each is registered as ``pointsman-<part>``."""


def equals(tag: str, value: str) -> str:
    """Return the search filter for a tag with a value.

    Raises:
        PointsmanError: the value has a quotation mark, which would end the filter.
    """
    if "'" in value:
        raise PointsmanError(f"the id {value!r} has a quotation mark; use an id without one")
    return f"tags.`{tag}` = '{value}'"


def ensure_models(client: Any) -> None:
    """Create the registered models that do not exist yet."""
    known = {model.name for model in client.search_registered_models("name LIKE 'pointsman-%'")}
    for part, text in MODELS.items():
        if f"pointsman-{part}" not in known:
            client.create_registered_model(f"pointsman-{part}", description=text)


def versions(client: Any, part: str, where: str = "") -> list[Any]:
    """Return the versions of a part that Pointsman registered, in any order."""
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
    """Register a version of every part whose content has none; the version of the release names its parts."""
    name = found["release"][0]
    named = {part: content for part, (content, _) in found.items()}
    for part, (content, text) in found.items():
        if version(client, part, content) is None:
            own = {CONTENT: content, RELEASE: name} | (named if part == "release" else {})
            model, source = f"pointsman-{part}", run.info.artifact_uri
            client.create_model_version(model, source, run.info.run_id, tags=own, description=text)


def set_aliases(client: Any, wanted: Mapping[str, str | None]) -> None:
    """Set each alias to its release and to the parts of this release; remove it where there is no release."""
    aliases = {part: client.get_registered_model(f"pointsman-{part}").aliases for part in MODELS}
    for alias, release in wanted.items():
        row = version(client, "release", release)
        for part in MODELS:
            content = row.tags.get(part) if row else None
            target = version(client, part, content)
            if target is None and alias in aliases[part]:
                client.delete_registered_model_alias(f"pointsman-{part}", alias)
            elif target is not None and str(aliases[part].get(alias)) != str(target.version):
                client.set_registered_model_alias(f"pointsman-{part}", alias, target.version)
