"""Shapes on the screen; none of them decides anything."""
