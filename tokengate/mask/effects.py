"""What calling a function by its name may do, with what the catalogue knows of it and the administrator vouches for."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from tokengate.mask.functions import Effect, effect
from tokengate.mask.trust import Trust
from tokengate.sql.facts import Name


@frozen(eq=False)
class Effects:
    """The effects of functions in one version of a catalogue (an `ICatalogue`)."""

    trust: Trust
    _catalogue: Any
    _found: dict[Name, Effect] = field(factory=dict, init=False)

    def __call__(self, function: Name) -> Effect:
        """The effect of whatever a name may mean."""
        if function not in self._found:
            self._found[function] = self._effect(function)
        return self._found[function]

    def _effect(self, function: Name) -> Effect:
        if self.trust.covers(function):
            return Effect.COMPUTES
        if not self._catalogue.is_builtin(str(function)):
            return Effect.REACHES
        return effect(function.name)
