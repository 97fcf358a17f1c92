"""The command line `likewise`: encode, compare, search, index, mine, cluster, map, info, train, evaluate.

Here: `main` (arguments to a command, errors to exit codes), one file for each command or two, `read_arguments` (how
inputs are read: `likewise.texts`), `collection` (with their embeddings), `writing` and `row_output` (what is
written), `model_access` (the one place that loads a model), `console` and `progress` (what is printed). Not here:
anything that computes; that is the library.
Nothing in this package imports torch or transformers before a model is loaded.
"""
