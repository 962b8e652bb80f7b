"""`stratoscope collect`: the settings of its file, what is made of them, reload, drain, and what it tells about itself."""
