"""文字表: manifest → parse → build → lookup of the reference tables. Read-only files, never database rows."""
