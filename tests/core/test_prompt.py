"""The prompt: the same for training, evaluation and serving."""

from pointsman.core.index.hits import Hit
from pointsman.core.prompt import SYSTEM, build_prompt, clipped, prompt_fingerprint

HITS = [Hit("a.md", "c1", 1.0, "One two three four."), Hit("b.md", "c2", 0.5, "Five  six\n\nseven.")]


def test_a_prompt_names_the_document_of_every_passage_and_ends_with_the_question() -> None:
    system, user = build_prompt("Who?", HITS, 3)
    assert system == {"role": "system", "content": SYSTEM}
    assert user == {"role": "user", "content": "[a.md] One two three\n\n[b.md] Five six seven.\n\nQuestion: Who?"}


def test_a_prompt_without_passages_is_still_a_question() -> None:
    assert build_prompt("Who?", [], 3)[1]["content"].endswith("Question: Who?")


def test_a_passage_is_cut_after_so_many_words() -> None:
    assert clipped("one two three", 2) == "one two"
    assert clipped(" one\n two ", 9) == "one two"
    assert clipped("one", 0) == ""


def test_another_form_is_another_fingerprint() -> None:
    assert prompt_fingerprint(3, 120) == prompt_fingerprint(3, 120)
    assert len({prompt_fingerprint(3, 120), prompt_fingerprint(4, 120), prompt_fingerprint(3, 121)}) == 3
