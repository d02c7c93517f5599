"""Bad and hostile input ends in one clear line."""
