"""Clustering: k-means, agglomerative, and fast communities."""

from sentence_transformers import SentenceTransformer, util
from sklearn.cluster import AgglomerativeClustering, KMeans

embedder = SentenceTransformer("likewise-mini")
corpus = [
    "A man is eating food.",
    "A man is eating a piece of bread.",
    "A man is eating pasta.",
    "A cheetah is running behind its prey.",
    "A cheetah chases its prey across a field.",
    "A cheetah is hunting prey.",
]
embeddings = embedder.encode(corpus, normalize_embeddings=True)
truth = {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


def sets(labels):
    return {frozenset(at for at, label in enumerate(labels) if label == one) for one in set(labels)}


assert sets(KMeans(n_clusters=2, n_init=10, random_state=0).fit(embeddings).labels_) == truth
assert sets(AgglomerativeClustering(n_clusters=2).fit(embeddings).labels_) == truth

found = util.community_detection(embedder.encode(corpus, convert_to_tensor=True), min_community_size=2, threshold=0.5)
assert {frozenset(each) for each in found} == truth
