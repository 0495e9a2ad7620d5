"""文字: pure rules and values. Standard library and unicodedata2 only; no I/O, no framework."""
