"""One module per step, named r<number>_<what>."""
