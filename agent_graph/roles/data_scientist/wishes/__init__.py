"""What people may wish of this role's design: `judgement.WISHES`, the surer pattern first, and its parts."""
