"""What people may wish of this role's design: `deployment.WISHES`, the surer pattern first, and its parts."""
