"""How questions are read: statements of many people, the tables they mean, what was meant, and the fit of the weights.

make intake [STATEMENTS="folder …"]            the table of figures, by leaving out whole data sets
make intake-weights [STATEMENTS="folder …"]    the weights that the product reads with
"""
