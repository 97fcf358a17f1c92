"""Texts for all programs: five topics, each a set of subjects that do a set of things. Nothing is downloaded."""

from __future__ import annotations

import random
from itertools import zip_longest
from typing import NamedTuple

# The documentation of Sentence Transformers gives the cosines of these three: 0.6660, 0.1046, 0.1411.
WEATHER = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]

PASSAGES = [
    "Paris is the capital and the largest city of France.",
    "The Seine flows through Paris and into the English Channel.",
    "Berlin is the capital of Germany and its largest city.",
    "Photosynthesis turns sunlight, water and carbon dioxide into sugar.",
    "The mitochondrion is where a cell gains most of its energy.",
    "A violin has four strings and is played with a bow.",
]
QUESTION = "Which city is the capital of France?"

# Of different sizes, so that "the largest topic" means one of them.
TOPICS = {
    "space": (
        ["the probe", "a rocket", "the telescope", "the astronaut", "a satellite", "the lander", "the space station"],
        ["orbited the planet Saturn", "photographed a distant galaxy", "measured the dust of a comet",
         "was launched towards the moon of Jupiter", "returned from Mars", "watched a star explode"],
    ),
    "kitchen": (
        ["the cook", "my grandmother", "the baker", "a chef", "the pastry cook", "the apprentice"],
        ["fried onions in butter", "baked bread with rye flour", "stirred the tomato soup",
         "roasted a chicken in the oven", "whisked eggs for the cake", "grated cheese over the pasta"],
    ),
    "football": (
        ["the striker", "the goalkeeper", "a midfielder", "the football captain", "a football team"],
        ["scored in the second half of the match", "missed the penalty kick", "won the league title",
         "was sent off the pitch by the referee", "shot over the goal", "lost the cup final"],
    ),
    "money": (
        ["the bank", "an investor", "a hedge fund", "the central bank", "the pension fund"],
        ["raised interest rates", "sold government bonds", "bought shares of the company",
         "warned of rising inflation", "lowered the price of the loan"],
    ),
    "music": (
        ["the pianist", "the orchestra", "a violinist", "the conductor"],
        ["rehearsed a Mozart symphony", "played a sonata by Bach", "performed the opera in the concert hall",
         "recorded an album of songs", "practised scales and chords"],
    ),
}  # fmt: skip


class Sentence(NamedTuple):
    """A sentence, what it is made of, and its topic."""

    text: str
    topic: str
    subject: str
    deed: str


def sentences() -> list[Sentence]:
    """All sentences, topics in turn while they last."""
    made = {
        topic: [
            Sentence(f"{subject[0].upper()}{subject[1:]} {deed}.", topic, subject, deed)
            for subject in subjects
            for deed in deeds
        ]
        for topic, (subjects, deeds) in TOPICS.items()
    }
    for of_topic in made.values():
        random.Random(5).shuffle(of_topic)
    return [each for row in zip_longest(*made.values()) for each in row if each]
