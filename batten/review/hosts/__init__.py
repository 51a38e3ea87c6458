"""The host of an engine as a subject of review: its daemon, the daemon's files, and the nodes of its swarm."""
