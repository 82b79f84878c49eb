"""Credentials for tests, drawn when they are needed: no file of the repository holds what looks like one."""

import random
import re
import string

ALPHABETS = {
    "B": string.ascii_letters + string.digits,
    "H": "0123456789abcdef",
    "U": string.ascii_uppercase + "234567",
    "D": string.digits,
    "L": string.ascii_lowercase + string.digits,
    "S": string.ascii_letters + string.digits + "+/",
}


def drawn(template: str, seed: int = 7) -> str:
    """Return a template whose ``[B36]`` became 36 random letters and digits."""
    chance = random.Random(f"{template}{seed}")

    def part(found: re.Match[str]) -> str:
        body = "".join(chance.choice(ALPHABETS[found[1]]) for _ in range(int(found[2]) - 2))
        return body + ("7a" if found[1] in "HL" else "77" if found[1] == "D" else "7Q")

    return re.sub(r"\[([A-Z])(\d+)\]", part, template)
