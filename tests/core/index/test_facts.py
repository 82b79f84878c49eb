"""A value of the metadata is found however its characters are put together."""

from pointsman.core.index.filters import Filter, fact, facts_of

COMPOSED, PARTED = "K\xf6ln", "Ko\u0308ln"


def test_a_condition_and_a_value_are_compared_in_form_nfc() -> None:
    assert COMPOSED != PARTED
    assert fact("city", COMPOSED) == fact("city", PARTED)
    assert facts_of({"city": PARTED}) == Filter(where=(("city", COMPOSED),)).facts
    assert Filter(where=(("city", COMPOSED),)).shows("a.md", {"city": [PARTED]})


def test_other_values_are_other_facts() -> None:
    assert fact("city", "Koln") != fact("city", COMPOSED)
    assert fact("a", "b:c") != fact("a:b", "c")
