"""A running Docker engine: what we ask of it, how it is asked, and how its answers become projects."""
