"""配布: one signed channel per municipality and business system, the hub that publishes it, the agent that installs it.

Hub half: `keys`, `repository`, `publisher`. Agent half: everything else; it runs on the base install and never
imports the hub half. What both must read the same way (`trust`, `index`, `tree`) takes bytes and decides, no I/O.
"""
