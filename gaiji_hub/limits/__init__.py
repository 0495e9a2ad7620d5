"""制限: child processes with memory, CPU and time limits; size caps."""
