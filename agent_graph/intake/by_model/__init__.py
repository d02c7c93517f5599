"""A statement read by a model: asked through the door, held to the data, laid beside the reading without it."""
