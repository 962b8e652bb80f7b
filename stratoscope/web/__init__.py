"""The page of `run`: a search box over the store, drawn on the server, without a script."""
