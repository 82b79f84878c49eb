"""Pairs of words that cannot both be right of one thing: open and closed, allow and deny, true and false."""

from pointsman.core.edits.vocabulary.stems import stem

REVERSING = ("un", "in", "im", "ir", "il", "dis", "non", "mis", "de", "re", "under", "over")
"""Prefixes that change the meaning of a word."""
TURNING = ("un", "in", "im", "ir", "il", "dis", "non", "non-")
"""Those of them that turn it round."""

_PAIRS = """
open close, open shut, opening closing, allow deny, allow forbid, allow block, allow refuse, allow reject
allow prevent, permit deny, permit prohibit, permit refuse, enable disable, activate deactivate
include exclude, inclusive exclusive, increase decrease, increase reduce, raise lower, rise fall
grow shrink, expand collapse, gain lose, gain loss, public private, public internal, public confidential
open confidential, internal external, local remote, true false, yes no, on off, required optional
mandatory optional, mandatory voluntary, compulsory voluntary, safe dangerous, safe hazardous, safe harmful
lock unlock, accept reject, accept refuse, accept decline, approve reject, approve refuse, add remove
append remove, insert remove, insert delete, add delete, add subtract, create delete, create destroy
start stop, start end, begin end, start finish, continue stop, resume pause, show hide, visible hidden
grant revoke, grant deny, encrypt decrypt, encode decode, compress decompress, import export
upload download, push pull, read write, send receive, buy sell, borrow lend, pass fail, succeed fail
success failure, hot cold, warm cool, heat cool, high low, higher lower, highest lowest, fast slow
faster slower, large small, larger smaller, largest smallest, bigger smaller, long short, longer shorter
longest shortest, early late, earlier later, earliest latest, old new, older newer, oldest newest
full empty, manual automatic, manually automatically, synchronous asynchronous, same different
equal unequal, positive negative, ascending descending, ascend descend, horizontal vertical, north south
east west, northern southern, eastern western, odd even, inbound outbound, incoming outgoing, input output
source destination, source target, free paid, free chargeable, credit debit, profit loss
clockwise counterclockwise, clockwise anticlockwise, upstream downstream, primary secondary
forward backward, forwards backwards, front back, top bottom, upper lower, strong weak, strict lenient
keep delete, keep discard, retain discard, save discard, connect disconnect, attach detach, mount unmount
install uninstall, subscribe unsubscribe, login logout, major minor, maximum minimum, max min, maximal minimal
maximise minimise, more less, many few, always never, everyone nobody, everybody nobody, everything nothing
all none, before after, above below, inside outside, over under, dry wet, morning evening, alive dead
sender recipient, sender receiver, buyer seller, winner loser, employer employee, landlord tenant
lender borrower, left right, first last, up down, absent present, active inactive, active dormant
alone together, ban permit, ban allow, block unblock, cheap expensive, clean dirty, complete partial
decline rise, deep shallow, deprecated supported, demote promote, easy difficult, easy hard, enter leave
enter exit, fixed variable, gross net, guilty innocent, heavy light, inhale exhale, innocuous harmful
lend borrow, live dead, loose tight, mutable immutable, near far, obey defy, online offline, past future
opaque transparent, permanent temporary, plus minus, polite rude, possible impossible, reliable unreliable
rough smooth, sequential parallel, sharp blunt, singular plural, static dynamic, stable unstable, tall short
thick thin, valid invalid, wide narrow, wider narrower, win lose, young old, whitelist blacklist
allowlist denylist, allowlist blocklist, opt-in opt-out, encrypted plaintext, signed unsigned
erlaubt verboten, gestattet verboten, gestattet untersagt, erlaubt untersagt, zulässig verboten, darf muss
dürfen müssen, kann muss, soll muss, öffnen schließen, offen geschlossen, ja nein, wahr falsch, vor nach
öffentlich privat, aktivieren deaktivieren, an aus, immer nie, mit ohne, oben unten, erhöhen senken
annehmen ablehnen, pflicht freiwillig, autorisé interdit, permis interdit, autorisé défendu, ouvrir fermer
ouvert fermé, ouverte fermée, obligatoire facultatif, obligatoire optionnel, avant après, oui non, vrai faux
public privé, activer désactiver, toujours jamais, avec sans, augmenter diminuer, accepter refuser
permitido prohibido, permitida prohibida, autorizado prohibido, abrir cerrar, abierto cerrado
abierta cerrada, obligatorio opcional, antes después, sí no, verdadero falso, público privado
activar desactivar, siempre nunca, con sin, aumentar reducir, permesso vietato, consentito vietato
aperto chiuso, proibido permitido, aberto fechado, sempre nunca, verplicht optioneel, toegestaan verboden
разрешено запрещено, можно нельзя, открыть закрыть, открыт закрыт, да нет, включить выключить, 允许 禁止
可以 禁止, 可以 不可以, 必须 可以, 打开 关闭, 公开 保密, 启用 禁用, 許可 禁止, 公開 非公開, אסור מותר
مسموح ممنوع, 増加 減少, 增加 减少
"""
PAIRS = tuple(tuple(pair.split()) for pair in _PAIRS.strip().replace("\n", ",").split(","))
OPPOSITES = frozenset(frozenset(map(stem, pair)) for pair in PAIRS)
"""Two stems that contradict one another."""
EXACT = frozenset(frozenset(pair) for pair in PAIRS)
DENIALS = frozenset({"不", "没", "沒", "无", "無", "未", "非", "不得", "勿", "ない", "ません"})
"""What turns a sentence round in a script that has no spaces between words."""


def reverses_meaning(old: str, new: str) -> bool:
    """Return whether one word is the other with a prefix that changes its meaning."""
    return any(old == p + new or new == p + old for p in REVERSING)


def are_opposites(one: str, two: str) -> bool:
    """Return whether two words, in small letters, contradict one another.

    >>> are_opposites("opened", "closing"), are_opposites("unsafe", "safe"), are_opposites("harmful", "harmless")
    (True, True, True)
    >>> are_opposites("open", "opened"), are_opposites("load", "reload"), are_opposites("可以吸烟", "不可以吸烟")
    (False, False, True)
    """
    if not (one.isascii() and two.isascii()) and _opposite_parts(one, two):
        return True
    a, b = stem(one), stem(two)
    if a == b:
        return False
    if frozenset((a, b)) in OPPOSITES or frozenset((one, two)) in EXACT:
        return True
    if any(x == p + y or y == p + x for x, y in ((one, two), (a, b)) for p in TURNING):
        return True
    roots = {word[:-3] if word.endswith("ful") else word.removesuffix("less") for word in (one, two)}
    return len(roots) == 1 and {one[-3:], two[-3:]} == {"ful", "ess"}


def _opposite_parts(one: str, two: str) -> bool:
    """Return whether two words differ by a denial, or by opposites, between equal beginnings and ends."""
    start = next((n for n, (x, y) in enumerate(zip(one, two, strict=False)) if x != y), min(len(one), len(two)))
    room = min(len(one), len(two)) - start
    back = zip(one[::-1], two[::-1], strict=False)
    end = min(room, next((n for n, (x, y) in enumerate(back) if x != y), room))
    parts = one[start : len(one) - end], two[start : len(two) - end]
    return frozenset(parts) in EXACT or ("" in parts and not DENIALS.isdisjoint(parts))
