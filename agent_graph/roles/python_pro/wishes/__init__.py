"""What people may wish of this role's design: `hardening.WISHES`, the surer pattern first, and its parts."""
