"""Chunks of a few known sentences, and a strategy that draws them."""

from hypothesis import strategies as st

from pointsman.core.corpus.chunk import Chunk

LONG = "The keeper of the tower opens the gate every morning."


OTHER = "Nobody who has lost the key may climb up before noon."


def chunk(nth: int, text: str, *headings: str) -> Chunk:
    return Chunk(f"c{nth}", f"d{nth}.md", f"digest{nth}", text, text, headings)


texts = st.lists(st.sampled_from((LONG, OTHER, "Too short.", "word " * 50 + "end.")), min_size=1, max_size=4).map(
    " ".join
)


chunks = st.lists(texts, max_size=12).map(
    lambda found: [chunk(n, t, "Guide", f"Part {n}") for n, t in enumerate(found)]
)
