"""取り込み: what users hold (xlsx, text, JSON, CSV) → rows of our tables, or every problem at once with its place."""
