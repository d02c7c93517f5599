"""What people may wish of this role's design: `monitoring.WISHES`, the surer pattern first, and its parts."""
