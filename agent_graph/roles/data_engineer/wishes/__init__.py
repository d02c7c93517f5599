"""What people may wish of this role's design: `contract.WISHES`, the surer pattern first, and its parts."""
