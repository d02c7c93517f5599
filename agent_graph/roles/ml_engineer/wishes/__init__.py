"""What people may wish of this role's design: `training.WISHES`, the surer pattern first, and its parts."""
