"""How the bundled model `likewise-mini` is made: texts, the teacher's vectors, the vocabulary, training, the card."""
