"""作業台: what works without a database — identification, looking up, checking files; composes the siblings below."""
