"""Sentences in the style of picture captions and of news headlines, made from small lists of words. Knows only words.

There is no freely licensed collection of either at hand; only the teacher's view of these sentences is learnt, so they
need to be plausible rather than true. The lists are written for this purpose.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LISTS = Path(__file__).with_name("words.txt")


def captions(count: int) -> Iterator[str]:
    """Sentences that say who does what, and where.

    Args:
        count: How many.

    Yields:
        Sentences; some come twice.
    """
    words, random_ = read_lists(), random.Random(11)
    actions = [line.split(" | ") for line in words["actions"]]
    for _ in range(count):
        yield sentence(one_caption(words, actions, random_), random_)


def headlines(count: int) -> Iterator[str]:
    """Sentences that could head a news item.

    Args:
        count: How many.

    Yields:
        Sentences; some come twice.
    """
    words, random_ = read_lists(), random.Random(12)
    for _ in range(count):
        text = random_.choice(words["headlines"])
        while "{" in text:
            before, _, rest = text.partition("{")
            name, _, after = rest.partition("}")
            text = f"{before}{number(random_) if name == 'number' else random_.choice(words[name])}{after}"
        yield text


def one_caption(words: dict[str, list[str]], actions: list[list[str]], random_: random.Random) -> str:
    """One caption, not yet capitalised.

    Args:
        words: The lists.
        actions: Base form, -ing form, third person, participle, objects; "-" is no object.
        random_: Source of choices.

    Returns:
        The sentence without its full stop.
    """
    base, ing, third, participle, objects = random_.choice(actions)
    thing = random_.choice(objects.split(", "))
    thing = "" if thing == "-" else f" {thing}"
    many = random_.random() < 0.3
    who = subject(words, random_, many=many)
    be, verb = ("are", base) if many else ("is", third)
    where = f" {random_.choice(words['places'])}" if random_.random() < 0.45 else ""
    how = f" {random_.choice(words['manners'])}" if random_.random() < 0.06 else ""
    forms = [f"{who} {be} {ing}{thing}{how}{where}"] * 9 + [f"{who} {verb}{thing}{how}{where}"] * 3
    forms += [f"{who} {ing}{thing}{where}"] * 3 + [f"{who} {be} not {ing}{thing}{where}"]
    forms += [f"there {be} {who} {ing}{thing}{where}", f"there is no {who.split(' ', 1)[-1]} {ing}{thing}{where}"]
    if thing:
        plural = thing.endswith("s") and not thing.startswith((" a ", " an "))
        forms += [f"{thing.strip()} {'are' if plural else 'is'} being {participle} by {who}{where}"] * 2
    if random_.random() < 0.2:
        return still_life(words, random_)
    return random_.choice(forms)


def still_life(words: dict[str, list[str]], random_: random.Random) -> str:
    """A caption in which nothing happens.

    Args:
        words: The lists.
        random_: Source of choices.

    Returns:
        The sentence without its full stop.
    """
    colour, other = random_.sample(words["colours"], 2)
    thing, second = random_.sample(words["things"], 2)
    who, place = subject(words, random_, many=False), random_.choice(words["places"])
    return random_.choice(
        [
            f"{article(colour)} {colour} {thing} {place}",
            f"{article(thing)} {thing} and {article(second)} {second} {place}",
            f"{article(colour)} {colour} {thing} next to {article(other)} {other} {second}",
            f"a close-up of {article(colour)} {colour} {thing}",
            f"there is {article(thing)} {thing} {place}",
            f"{article(thing)} {thing} is on top of {article(second)} {second}",
            f"{who} with {article(colour)} {colour} {thing} {place}",
            f"{who} wearing {random_.choice(words['clothes'])} {place}",
            f"{who} in {random_.choice(words['clothes'])} is standing next to {article(thing)} {thing}",
            f"{who} and {subject(words, random_, many=False)} {place}",
        ]
    )


def subject(words: dict[str, list[str]], random_: random.Random, *, many: bool) -> str:
    """Who acts.

    Args:
        words: The lists.
        random_: Source of choices.
        many: Whether more than one.

    Returns:
        A noun with its article or number, perhaps with an adjective.
    """
    noun = random_.choice(words["beings"])
    adjective = f"{random_.choice(words['adjectives'])} " if random_.random() < 0.3 else ""
    if not many:
        start = adjective or noun
        return f"{article(start) if random_.random() < 0.8 else 'the'} {adjective}{noun}"
    plural = {"man": "men", "woman": "women", "child": "children", "person": "people", "baby": "babies", "fox": "foxes"}
    nouns = plural.get(noun) or noun.replace("man", "men") + ("" if noun.endswith("man") else "s")
    return (
        f"{random_.choice(['two', 'two', 'three', 'four', 'several', 'a group of', 'some', 'the'])} {adjective}{nouns}"
    )


def article(word: str) -> str:
    """The indefinite article before a word.

    Args:
        word: The word.

    Returns:
        "a" or "an".
    """
    return "an" if word[0] in "aeiou" else "a"


def number(random_: random.Random) -> str:
    """A number as headlines have them, small ones more often.

    Args:
        random_: Source of choices.

    Returns:
        Digits, or a word up to ten.
    """
    spelled = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    if random_.random() < 0.3:
        return random_.choice(spelled)
    return str(random_.choice([random_.randint(11, 99), random_.randint(2, 30), random_.randint(100, 900)]))


def sentence(text: str, random_: random.Random) -> str:
    """Capital letter in front, mostly a full stop behind.

    Args:
        text: The sentence.
        random_: Source of choices.

    Returns:
        The sentence as it would stand in a text.
    """
    return text[0].upper() + text[1:] + ("." if random_.random() < 0.8 else "")


def read_lists() -> dict[str, list[str]]:
    """Read the lists of words.

    Returns:
        For each heading in brackets the lines below it.
    """
    lists: dict[str, Any] = {}
    for line in LISTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lists[line.strip("[]")] = entries = []
        elif line.strip():
            entries.append(line.strip())
    return {name: split_short(name, lines) for name, lines in lists.items()}


def split_short(name: str, lines: list[str]) -> list[str]:
    """The entries of one list; those of short words stand several on a line.

    Args:
        name: The heading.
        lines: The lines below it.

    Returns:
        The entries.
    """
    if name in {"actions", "headlines"}:
        return lines
    return [entry.strip() for line in lines for entry in line.split(",")]
