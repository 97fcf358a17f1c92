"""BERTopic: topics of a few hundred sentences, a search among topics, and a topic model that is saved and loaded."""

from bertopic import BERTopic
from bertopic.representation import KeyBERTInspired
from given import Given
from sentence_transformers import SentenceTransformer
from umap import UMAP

from texts import sentences


def run(given: Given) -> dict:
    """What BERTopic gives."""
    texts = [sentence.text for sentence in sentences()]
    topic_model = BERTopic(
        embedding_model=SentenceTransformer(given.model, device="cpu"),
        umap_model=UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=7),
        min_topic_size=15,
        representation_model={"near": KeyBERTInspired(random_state=7)},
    )
    topics, _ = topic_model.fit_transform(texts)
    near, cosines = topic_model.find_topics("planets and stars", top_n=2)

    topic_model.save(given.folder / "pickled", serialization="pickle")
    topic_model.save(
        given.folder / "plain", serialization="safetensors", save_ctfidf=True, save_embedding_model=given.model
    )
    new = ["The rocket flew past Jupiter.", "The tenor sang an aria by Verdi."]
    loaded = {form: BERTopic.load(given.folder / form) for form in ("pickled", "plain")}
    return {
        "backend": type(topic_model.embedding_model).__name__,
        "meant": [sentence.topic for sentence in sentences()],
        "topics": [int(topic) for topic in topics],
        "words": {str(topic): [word for word, _ in words[:5]] for topic, words in topic_model.get_topics().items()},
        "near_words": {
            str(topic): [word for word, _ in words[:5]] for topic, words in topic_model.topic_aspects_["near"].items()
        },
        "near": [int(topic) for topic in near],
        "cosines": [float(cosine) for cosine in cosines],
        "new": [int(topic) for topic in topic_model.transform(new)[0]],
        "new_loaded": {form: [int(topic) for topic in each.transform(new)[0]] for form, each in loaded.items()},
    }
