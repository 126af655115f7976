"""What is said to an image model: one plan, used for the preview and for the sending alike."""

from graphapi.domain.prompts.plan import plan
from graphapi.domain.prompts.shots import SHOTS, Angle, Shot, ShotSize

__all__ = ["SHOTS", "Angle", "Shot", "ShotSize", "plan"]
