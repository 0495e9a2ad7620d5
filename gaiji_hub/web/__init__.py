"""画面とAPI: parse → one service → render. The only place where errors become HTTP and Japanese sentences."""
