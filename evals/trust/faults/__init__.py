"""Nothing is lost to a fault of the machine."""
