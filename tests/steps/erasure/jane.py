"""A document about a person, and the words that show its traces."""

JANE = "people/jane.md"


TEXT = "# Jane\n\nJane Doubtfire keeps seventeen violet umbrellas in the attic of the lighthouse at Quenby Sands.\n"


AMENDED = TEXT + "\n## Later\n\nIn the spring she gave eleven ochre parasols to the harbour master of Grommet Bay.\n"


MARKS = ("Doubtfire", "violet umbrellas", "ochre parasols", "harbour master", JANE)
