"""字形: pixels and outlines — raster, normalise, features, index, match, overlay, trace.

Read in this order: `raster` (a shape → a picture), `normalise` (the picture without size, aspect and spacing),
`features` (the picture → numbers), `index` (the numbers of 59,161 standard glyphs), `match` (a query → ranked
glyphs), `band` (what may be said about the best of them).
"""
