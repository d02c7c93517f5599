"""From columns to a matrix: the definition, its transforms, the fitted pipeline, the offline table."""
