"""What a provider says of the money, with whatever it answers."""

from dataclasses import dataclass

from graphapi.domain.jobs import Billed


@dataclass(frozen=True, slots=True)
class Charge:
    """What a provider charges for a request: in millionths of a US dollar, or in its own units.

    None is not told, and never nothing.
    """

    micros: int | None = None
    units: float | None = None

    @property
    def billed(self) -> Billed:
        """Tell whether anything is charged, as far as is known."""
        told = self.units if self.micros is None else self.micros
        if told is None:
            return Billed.UNKNOWN
        return Billed.YES if told else Billed.NO


UNTOLD = Charge()
NOTHING = Charge(micros=0)
