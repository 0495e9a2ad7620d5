"""対応表の検査: what is wrong in a mapping table, row by row, as values (docs/table-lint.md)."""
