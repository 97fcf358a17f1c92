"""The only encode loop: inputs in, embeddings out, in this process or in a pool of workers. Knows no model class."""
