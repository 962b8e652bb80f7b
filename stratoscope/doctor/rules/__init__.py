"""What can be wrong in a cluster: a module for each part of it, all of them in `table`. Pure functions of what was seen."""
