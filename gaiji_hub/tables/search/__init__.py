"""文字の検索: readings, radical and strokes, parts and code ranges over every glyph of the MJ lists.

`grammar` turns what a person types into terms, `build` writes the index from the tables once, `index` opens it,
`run` answers a query page by page.
"""
