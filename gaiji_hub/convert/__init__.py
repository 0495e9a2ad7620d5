"""変換: records in, records and a loss report out. Runs on a town's own machine, without server or numpy."""
