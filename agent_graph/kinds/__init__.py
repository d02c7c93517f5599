"""What can be asked: one folder for each kind of problem, with all that is true of it. `register` finds them."""
