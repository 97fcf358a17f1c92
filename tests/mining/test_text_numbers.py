import random

from likewise.mining.text_numbers import digests, in_order_of_appearance


def test_equal_texts_have_one_number_in_order_of_appearance():
    texts = random.Random(0).choices(["", "a", "a\0", "ä", "\ud800", "b", *map(str, range(200))], k=1000)

    numbers, firsts = in_order_of_appearance(digests(iter(texts)))

    unique = list(dict.fromkeys(texts))
    assert numbers.tolist() == [unique.index(text) for text in texts]
    assert firsts.tolist() == [texts.index(text) for text in unique]


def test_no_texts_have_no_numbers():
    numbers, firsts = in_order_of_appearance(digests([]))

    assert (len(numbers), len(firsts)) == (0, 0)
