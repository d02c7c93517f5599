"""Each guard of the cell is taken away in turn: an attack has to get out."""
