"""ファイル: the only place that fetches, hashes into a store, writes atomically, fsyncs and locks."""
