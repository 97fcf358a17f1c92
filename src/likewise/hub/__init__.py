"""Model folders on disk and on the hub: find, read, check, write, push.

Here: `resolve` (a name to a local folder), `folder` (safe access to its files), `strict_json` and `config_reader`
(typed reading), `weights` (checked tensors), `atomic` (a save is whole or not at all), `card` and `push`.
Not here: what the files mean; that is known by `likewise.models` and `likewise.sentence_transformer`.
"""
