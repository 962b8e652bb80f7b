"""An exporter as small as one can be: a target says a number in a line. It keeps to the names of the table, as all do."""
