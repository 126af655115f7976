"""The data behind every local picture: what each shot, mode and beat does to the camera.

A flat photograph has no other side, so these are reframings, perspectives and grades that say
the same thing to the eye; nothing here invents content.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from graphapi.domain.variations import ModificationMode, ShotType
from graphapi.providers.local.camera import Camera
from graphapi.providers.local.grades import Grade
from graphapi.providers.local.lens import Lens


class Aim(StrEnum):
    """What the camera is aimed at."""

    SUBJECT = "subject"
    CENTRE = "centre"
    BELOW = "below"
    AWAY = "away"
    DETAIL = "detail"


@dataclass(frozen=True, slots=True)
class Look:
    """Everything about one local picture. `keep` is how much of the subject escapes the grade."""

    aim: Aim = Aim.SUBJECT
    camera: Camera = field(default_factory=Camera)
    lens: Lens = field(default_factory=Lens)
    grade: Grade = field(default_factory=Grade)
    keep: float = 0.0


_CLEAN = Grade(contrast=1.04)
_COOL = Grade(contrast=1.08, shadows=(-0.03, 0.0, 0.05), highlights=(-0.02, 0.0, 0.03))
_WARM = Grade(contrast=1.04, shadows=(0.02, 0.0, -0.02), highlights=(0.03, 0.01, -0.03))
_DARK = Grade(exposure=-0.35, contrast=1.2, shadows=(-0.02, 0.0, 0.04))

SHOTS: dict[ShotType, Look] = {
    ShotType.WS: Look(Aim.CENTRE, Camera(1.06, step_back=0.85), Lens(vignette=0.25), _CLEAN),
    ShotType.CU: Look(
        Aim.SUBJECT, Camera(0.52, place=(0.5, 0.46)), Lens(depth=0.7, spot=0.55), _WARM
    ),
    ShotType.OTS: Look(
        Aim.SUBJECT,
        Camera(0.9, place=(0.66, 0.42)),
        Lens(shoulder=1.0, depth=0.25, spot=0.6, vignette=0.3),
        _COOL,
    ),
    ShotType.LOW: Look(
        Aim.SUBJECT, Camera(0.92, place=(0.5, 0.3), rise=0.7), Lens(vignette=0.3), _DARK
    ),
    ShotType.EWS: Look(Aim.CENTRE, Camera(1.75, step_back=0.65), Lens(vignette=0.4), _COOL),
    ShotType.MCU: Look(
        Aim.SUBJECT, Camera(0.72, place=(0.42, 0.4)), Lens(depth=0.4, spot=0.6), _CLEAN
    ),
    ShotType.PROF: Look(
        Aim.SUBJECT,
        Camera(0.74, place=(0.3, 0.42), swing=0.75, mirror=True),
        Lens(depth=0.5, spot=0.5, vignette=0.3),
        _COOL,
    ),
    ShotType.HIGH: Look(
        Aim.SUBJECT, Camera(1.05, place=(0.5, 0.55), rise=-0.6, squash=1.12), Lens(), _CLEAN
    ),
    ShotType.MS: Look(Aim.SUBJECT, Camera(0.95, place=(0.46, 0.36)), Lens(vignette=0.15), _WARM),
    ShotType.ECU: Look(
        Aim.SUBJECT, Camera(0.27, place=(0.5, 0.5)), Lens(depth=0.5, spot=0.5, sharpen=0.6), _WARM
    ),
    ShotType.BACK: Look(
        Aim.SUBJECT,
        Camera(1.0, place=(0.5, 0.5), step_back=0.25, mirror=True),
        Lens(backlight=0.9, spot=0.5),
        Grade(saturation=0.8, shadows=(-0.03, 0.0, 0.06), highlights=(0.06, 0.02, -0.05)),
    ),
    ShotType.POV: Look(
        Aim.BELOW,
        Camera(0.8, roll=-4.0, rise=-0.45, squash=1.1),
        Lens(depth=0.7, spot=0.6, vignette=1.0),
        _CLEAN,
    ),
    ShotType.COWBOY: Look(
        Aim.CENTRE, Camera(1.0, step_back=0.55, place=(0.5, 0.5)), Lens(vignette=0.2), _WARM
    ),
    ShotType.TOP: Look(
        Aim.CENTRE,
        Camera(0.95, roll=90.0, squash=1.5),
        Lens(vignette=0.45),
        Grade(saturation=0.85, contrast=1.15),
    ),
    ShotType.DUTCH: Look(
        Aim.SUBJECT, Camera(0.8, place=(0.5, 0.42), roll=16.0), Lens(vignette=0.35), _DARK
    ),
    ShotType.HANDS: Look(Aim.BELOW, Camera(0.42), Lens(depth=0.8, spot=0.5, sharpen=0.4), _WARM),
}

# A shot-variation with a detail has no shot type: its beats take the cameras of these.
_DETAIL_SHOTS = (
    ShotType.MS,
    ShotType.CU,
    ShotType.LOW,
    ShotType.WS,
    ShotType.PROF,
    ShotType.HIGH,
    ShotType.MCU,
    ShotType.DUTCH,
    ShotType.COWBOY,
    ShotType.OTS,
    ShotType.EWS,
    ShotType.ECU,
)

_STYLE_CAMERAS = (
    Camera(0.94, place=(0.5, 0.42)),
    Camera(1.02, step_back=0.5, mirror=True),
    Camera(0.78, place=(0.38, 0.42)),
    Camera(0.86, place=(0.62, 0.44), mirror=True),
    Camera(1.1, step_back=0.8),
)
_STYLE_GRADES = (
    # Teal and orange.
    Grade(1.1, -0.1, 1.25, 0.02, (-0.2, 0.1, 0.24), (0.12, 0.02, -0.16)),
    # Film noir.
    Grade(0.0, -0.25, 1.55),
    # Neon night: magenta light, blue shadows.
    Grade(0.7, -0.3, 1.25, 0.03, (0.1, -0.1, 0.3), (0.2, -0.12, 0.12)),
    # Golden hour.
    Grade(1.1, 0.15, 1.05, 0.04, (0.06, 0.0, -0.05), (0.16, 0.05, -0.2)),
    # Moonlight.
    Grade(0.35, -0.6, 1.2, 0.02, (-0.05, 0.02, 0.22), (-0.14, -0.02, 0.12)),
    # Bleach bypass.
    Grade(0.2, 0.1, 1.75, 0.0, (-0.02, 0.02, 0.05), (-0.02, 0.02, 0.0)),
    # Faded seventies print.
    Grade(0.75, 0.1, 0.85, 0.12, (0.08, 0.0, -0.02), (0.06, 0.03, -0.12)),
    # Acid green, as under old fluorescent tubes.
    Grade(0.7, -0.1, 1.15, 0.02, (-0.04, 0.1, 0.0), (-0.04, 0.08, -0.1)),
    # Sepia plate.
    Grade(0.0, 0.05, 1.1, 0.05, (0.1, 0.04, -0.04), (0.08, 0.0, -0.14)),
    # Pastel, high key.
    Grade(0.6, 0.5, 0.8, 0.12, (0.06, 0.0, 0.1), (0.02, -0.01, 0.02)),
    # Infrared red room.
    Grade(0.15, -0.35, 1.35, 0.0, (0.28, -0.06, -0.04), (0.16, -0.3, -0.32)),
    # Frosted blue morning.
    Grade(0.55, 0.25, 1.0, 0.06, (-0.04, 0.03, 0.14), (-0.06, 0.0, 0.04)),
)

_SUBTLE_CAMERAS = tuple(
    Camera(scale, place=place, roll=roll)
    for scale, place, roll in (
        (0.97, (0.47, 0.43), 0.0),
        (0.93, (0.55, 0.45), 0.8),
        (0.9, (0.45, 0.4), -0.8),
        (0.95, (0.52, 0.47), 0.0),
        (0.88, (0.5, 0.42), 0.6),
    )
)
_SUBTLE_GRADES = (
    Grade(highlights=(0.02, 0.005, -0.025)),
    Grade(exposure=-0.14, highlights=(-0.02, 0.0, 0.025)),
    Grade(exposure=0.12),
    Grade(contrast=0.93, lift=0.02),
    Grade(exposure=-0.08, highlights=(0.03, 0.01, -0.03)),
    Grade(saturation=0.88, exposure=0.05, shadows=(-0.01, 0.0, 0.02)),
    Grade(saturation=1.08, contrast=1.06),
)

_ACTION_TAKES = (
    (Camera(0.78, place=(0.42, 0.42), roll=9.0), Lens(burst=1.0, spot=0.42, vignette=0.5)),
    (Camera(0.85, place=(0.6, 0.4), rise=0.45), Lens(streak=0.9, spot=0.42, vignette=0.5)),
    (Camera(0.56, place=(0.55, 0.48), roll=-12.0), Lens(burst=0.8, spot=0.5, vignette=0.6)),
    (Camera(1.05, place=(0.4, 0.5), swing=0.5), Lens(streak=1.0, spot=0.36, vignette=0.6)),
    (Camera(0.95, place=(0.5, 0.35), rise=0.7, roll=5.0), Lens(burst=0.7, spot=0.4, vignette=0.6)),
)
_ACTION_GRADES = (
    Grade(1.15, -0.1, 1.4, 0.0, (-0.06, 0.0, 0.08), (0.06, 0.01, -0.06)),
    Grade(0.75, -0.25, 1.5, 0.0, (-0.05, 0.02, 0.1), (0.0, 0.01, 0.02)),
    Grade(1.25, -0.15, 1.35, 0.0, (0.04, -0.02, -0.02), (0.1, 0.02, -0.1)),
    Grade(0.45, -0.1, 1.6),
)

_B_ROLL_CAMERAS = (Camera(0.42), Camera(0.36), Camera(0.44, mirror=True), Camera(0.4, swing=0.4))
_B_ROLL_GRADES = (
    Grade(0.9, 0.05, 0.96, 0.03),
    Grade(0.8, -0.1, 1.05, 0.02, (-0.02, 0.01, 0.05), (-0.02, 0.0, 0.03)),
    Grade(1.0, 0.1, 0.98, 0.02, (0.02, 0.0, -0.02), (0.05, 0.02, -0.05)),
    Grade(0.7, -0.25, 1.1, 0.02, (-0.03, 0.02, 0.04)),
    Grade(1.05, 0.0, 1.08, 0.0, (0.03, 0.0, -0.03), (0.02, 0.0, 0.0)),
)
_COVERAGE_CAMERAS = (Camera(0.34), Camera(0.26, roll=4.0), Camera(0.4, rise=0.3), Camera(0.3))
_COVERAGE_GRADES = (
    Grade(1.05, 0.0, 1.15),
    Grade(0.92, 0.0, 1.2, 0.0, (-0.02, 0.0, 0.03)),
    Grade(1.08, 0.05, 1.1, 0.0, (0.0, 0.0, 0.0), (0.03, 0.01, -0.03)),
    Grade(0.85, -0.15, 1.25),
    Grade(0.95, 0.12, 1.05, 0.02, (0.0, 0.01, 0.02)),
)


def look_for(mode: ModificationMode, shot: ShotType | None, beat: int | None) -> Look:
    """Choose the look of one variation; neighbouring beats of a mode never share one."""
    if shot is not None:
        return SHOTS[shot]
    return _BEATS[mode](beat or 0)


def _again(beat: int) -> Look:
    return SHOTS[_DETAIL_SHOTS[beat % len(_DETAIL_SHOTS)]]


def _styled(beat: int) -> Look:
    camera = _STYLE_CAMERAS[beat % len(_STYLE_CAMERAS)]
    grade = _STYLE_GRADES[beat % len(_STYLE_GRADES)]
    return Look(Aim.SUBJECT, camera, Lens(depth=0.8, spot=0.6, vignette=0.45), grade, keep=0.25)


def _subtle(beat: int) -> Look:
    camera = _SUBTLE_CAMERAS[beat % len(_SUBTLE_CAMERAS)]
    return Look(Aim.SUBJECT, camera, Lens(), _SUBTLE_GRADES[beat % len(_SUBTLE_GRADES)])


def _action(beat: int) -> Look:
    camera, lens = _ACTION_TAKES[beat % len(_ACTION_TAKES)]
    return Look(Aim.SUBJECT, camera, lens, _ACTION_GRADES[beat % len(_ACTION_GRADES)])


def _b_roll(beat: int) -> Look:
    camera = _B_ROLL_CAMERAS[beat % len(_B_ROLL_CAMERAS)]
    grade = _B_ROLL_GRADES[beat % len(_B_ROLL_GRADES)]
    return Look(Aim.AWAY, camera, Lens(depth=0.6, spot=0.6, vignette=0.25), grade)


def _coverage(beat: int) -> Look:
    camera = _COVERAGE_CAMERAS[beat % len(_COVERAGE_CAMERAS)]
    grade = _COVERAGE_GRADES[beat % len(_COVERAGE_GRADES)]
    return Look(Aim.DETAIL, camera, Lens(sharpen=0.8, depth=0.35, spot=0.6, vignette=0.3), grade)


_BEATS: dict[ModificationMode, Callable[[int], Look]] = {
    ModificationMode.SHOT_VARIATION: _again,
    ModificationMode.STYLE_VARIATION: _styled,
    ModificationMode.SUBTLE_VARIATION: _subtle,
    ModificationMode.ACTION_SHOT: _action,
    ModificationMode.B_ROLL: _b_roll,
    ModificationMode.COVERAGE: _coverage,
}
