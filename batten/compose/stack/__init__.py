"""What a stack file can say of a project: the model for ``docker stack deploy``, and everything that it cannot say.

Sources: the loader, the schema (v3.9 to v3.13) and the converter of docker/cli 20.10.24, 26.1.5 and 28.5.2 (``cli/compose``);
which keys it knows is in ``language``.
"""

from __future__ import annotations

from batten.compose.stack.losses import Loss
from batten.compose.stack.translation import Stack, stack_of

__all__ = ["Loss", "Stack", "stack_of"]
