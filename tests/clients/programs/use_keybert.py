"""KeyBERT: the key phrases of a text, plain, diverse, and after its own choice of candidates; and of many texts."""

from given import Given
from keybert import KeyBERT

TEXT = """
A volcano is an opening in the crust of a planet through which hot lava, volcanic ash and gases escape from a chamber
of magma below the surface. On Earth, volcanoes are most often found where tectonic plates move apart or towards each
other, and most of them lie under water. An eruption can endanger aircraft, because droplets of melted ash damage the
engines, and large eruptions cool the climate, since sulphuric acid in the air keeps off the light of the sun.
"""
OTHER = "The violinist tuned her violin before the concert, and the orchestra waited for the conductor."


def run(given: Given) -> dict:
    """What KeyBERT gives."""
    keybert = KeyBERT(given.model)  # a name: KeyBERT itself loads the model
    phrases = {"keyphrase_ngram_range": (1, 2), "stop_words": "english"}
    embeddings = keybert.extract_embeddings([TEXT, OTHER])
    return {
        "backend": type(keybert.model).__name__,
        "words": keybert.extract_keywords(TEXT, top_n=5),
        "phrases": keybert.extract_keywords(TEXT, top_n=5, **phrases),
        "diverse": keybert.extract_keywords(TEXT, top_n=5, use_mmr=True, diversity=0.7, **phrases),
        "max_sum": keybert.extract_keywords(TEXT, top_n=3, use_maxsum=True, nr_candidates=8, **phrases),
        "seeded": keybert.extract_keywords(TEXT, top_n=3, seed_keywords=["aviation", "plane"]),
        "both": keybert.extract_keywords([TEXT, OTHER], top_n=2),
        "from_embeddings": keybert.extract_keywords(
            [TEXT, OTHER], top_n=2, doc_embeddings=embeddings[0], word_embeddings=embeddings[1]
        ),
    }
