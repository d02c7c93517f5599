"""One small class per way in which a column becomes features."""
