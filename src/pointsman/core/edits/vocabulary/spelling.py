"""How far two spellings are from one another."""


def distance(a: str, b: str) -> int:
    """Return the optimal string alignment distance (Damerau 1964) of two words.

    A missing or extra letter, or two swapped ones, cost 1. Another letter costs 2, because it often makes another word
    (sulfate, sulfite).
    """
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            best = min(last[j] + 1, row[-1] + 1, last[j - 1] + 2 * (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]
