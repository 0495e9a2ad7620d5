"""保存: the database of the hub — models, engine, migrations. Only services and the roots import it."""
