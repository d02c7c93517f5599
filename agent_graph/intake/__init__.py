"""From a person's words and files to a settled question, or a question back.

`specifying` takes the words in, `framing` settles the question, `sealing` puts rows aside, and `understanding` holds
the verbs behind the node. Nothing is imported here: whoever only needs a project's name doesn't load a table engine.
"""
