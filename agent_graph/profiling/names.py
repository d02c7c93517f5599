"""Names taken apart into lower-case words, and words cut to their stems."""

from __future__ import annotations

import re
from functools import lru_cache


def lexicon(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


def _pairs(text: str) -> dict[str, str]:
    """A dictionary written as `key:value key:value`."""
    return dict(pair.split(":") for pair in text.split())


# Abbreviations of column names, by the word they stand for.
SHORT = _pairs(
    "arr:arrive dep:depart amt:amount qty:quantity cnt:count num:number nr:number avg:average pct:percent "
    "perc:percent sched:schedule temp:temperature dest:destination desc:description cat:category grp:group "
    "yr:year mo:month dt:date acct:account cust:customer prod:product addr:address tel:phone wt:weight "
    "wgt:weight sev:severity inj:injury occ:occupant veh:vehicle acc:accident dob:birth emp:employment hr:hour "
    "min:minimum max:maximum tot:total bal:balance freq:frequency dist:distance op:operation los:stay "
    "diag:diagnosis appt:appointment pt:patient cond:condition qual:quality"
)
IRREGULAR = _pairs(
    "sold:sell sale:sell sales:sell left:leave leaves:leave leaving:leave died:die dies:die dead:die deaths:die "
    "death:die dying:die paid:pay payment:pay bought:buy lost:lose loss:lose broke:break broken:break made:make "
    "gave:give given:give won:win winner:win hurt:injury injured:injury injuries:injury late:delay "
    "lateness:delay priced:price pricing:price rentals:rent rented:rent schooling:school damaged:damage "
    "failed:fail failure:fail arrival:arrive lands:arrive landing:arrive departure:depart status:status "
    "lives:live alive:alive children:child people:person persons:person classes:class wages:wage churned:churn "
    "expenses:expense severe:severity colour:color diagnosed:diagnosis cancelled:cancel canceled:cancel "
    "cancellation:cancel severities:severity recovery:recover settlement:settle aged:age days:day radii:radius "
    "indices:index matrices:matrix species:species series:series readmitted:readmit readmission:readmit "
    "admitted:admit admission:admit approval:approve"
)


@lru_cache(maxsize=50_000)
def words(name: str) -> tuple[str, ...]:
    """Lower-case words of a name or text: `MS.SubClass` is ("ms", "sub", "class"), `emp_title` ("emp", "title")."""
    apart = re.sub(r"([a-z\d])([A-Z])", r"\1 \2", name)
    apart = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", apart)
    return tuple(re.findall(r"[^\W\d_]+|\d+", apart.lower()))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its ending, so that `damaged`, `damages` and `damage` are one."""
    word = SHORT.get(word, word)
    if word in IRREGULAR:
        word = IRREGULAR[word]
        return word[:-1] if word.endswith("e") and len(word) > 4 else word
    if len(word) <= 3:
        return word
    for ending, instead in (("ies", "y"), ("ied", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if word.endswith(ending):
            return word[: -len(ending)] + instead
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and re.search(r"[aeiouy]", root):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "sl" else root
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


@lru_cache(maxsize=50_000)
def stems(text: str) -> tuple[str, ...]:
    """Stems of the words of a name or text, in order."""
    return tuple(stem(word) for word in words(text))


def has(name: str, lexicon: frozenset[str]) -> bool:
    """Whether a word of the name, as written or as its stem, is in the lexicon."""
    return any(word in lexicon or stem(word) in lexicon for word in words(name))
