"""gaiji_hub: the central registry that ends the 外字 problem of Japan's municipalities."""

__version__ = "0.2.0"
