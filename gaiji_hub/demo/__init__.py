"""デモ: three made-up municipalities, their gaiji and residents, and the main job walked once over them.

Everything here is generated from a seed, the demo font and the reference tables; no real municipality and no
real resident is in it (docs/demo.md says what it proves and what it does not).
"""
