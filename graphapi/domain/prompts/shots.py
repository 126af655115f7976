"""The sixteen shots as data: what a camera operator needs to know, and the words to say it in."""

from dataclasses import dataclass
from enum import StrEnum

from graphapi.domain.variations import ShotType


class ShotSize(StrEnum):
    """How much of the subject the frame holds."""

    EXTREME_WIDE = "extreme wide"
    WIDE = "wide"
    MEDIUM_WIDE = "medium wide"
    MEDIUM = "medium"
    MEDIUM_CLOSE = "medium close"
    CLOSE = "close"
    EXTREME_CLOSE = "extreme close"


class Angle(StrEnum):
    """Where the camera stands."""

    EYE_LEVEL = "eye level"
    OVER_SHOULDER = "over the shoulder"
    LOW = "low"
    PROFILE = "profile"
    HIGH = "high"
    BEHIND = "behind"
    POINT_OF_VIEW = "point of view"
    OVERHEAD = "overhead"
    DUTCH = "dutch"


class Identity(StrEnum):
    """What tells the person apart in a shot."""

    FACE = "face"
    HAIR_BUILD_AND_CLOTHES = "hair, build and clothes"
    HANDS = "hands"


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot: its facts, and its sentences.

    `scale` is the share of the source frame's height that a plain crop would keep, 0 to 1.
    `roll` is how far the horizon leans, in degrees. `lead` completes "now as ..."; `framing` says
    where the camera stands, and names the light and the screen direction from there.
    """

    name: str
    size: ShotSize
    angle: Angle
    scale: float
    lead: str
    framing: str
    identity: Identity = Identity.FACE
    roll: float = 0.0

    @property
    def hides_face(self) -> bool:
        """Tell whether the face is out of sight."""
        return self.identity is not Identity.FACE


SHOTS: dict[ShotType, Shot] = {
    ShotType.WS: Shot(
        name="Wide shot",
        size=ShotSize.WIDE,
        angle=Angle.EYE_LEVEL,
        scale=0.94,
        lead="a wide shot at eye level",
        framing=(
            "The whole figure is in the frame from head to feet, with ground below the shoes, air "
            "above the head and enough of the place on both sides to tell where we are. The "
            "camera stands well back on a moderately wide lens, level, with the place in focus "
            "from front to back. It stays on the same side of the action line as this still, so "
            "the subject looks and moves the same way across the frame, and the key light still "
            "comes from the same source."
        ),
    ),
    ShotType.CU: Shot(
        name="Close-up",
        size=ShotSize.CLOSE,
        angle=Angle.EYE_LEVEL,
        scale=0.4,
        lead="a close-up at eye level",
        framing=(
            "The face fills the frame from just above the hairline to the collar, with the eyes "
            "on the upper third. A portrait lens at a wide aperture holds both eyes sharp and "
            "lets the background melt into soft shapes and colours that still belong to this "
            "place. The key light keeps its side and models cheek and jaw as it does in this "
            "still, with a catchlight in each eye, and the eyeline stays on the same side of the "
            "lens."
        ),
    ),
    ShotType.OTS: Shot(
        name="Over the shoulder",
        size=ShotSize.MEDIUM,
        angle=Angle.OVER_SHOULDER,
        scale=0.62,
        lead="an over-the-shoulder shot with a two-person geometry",
        framing=(
            "The camera looks past the near shoulder and the back of the head of a listener, who "
            "fills one edge of the foreground, dark, out of focus and with no face in view, while "
            "the subject turns toward that listener in sharp focus from the chest up. If this "
            "still holds a second person, that person is the listener. The camera keeps to its "
            "side of the line between the two, so the subject's eyeline still crosses the frame "
            "in the same direction, and the key light keeps its side of the subject's face."
        ),
    ),
    ShotType.LOW: Shot(
        name="Low angle",
        size=ShotSize.MEDIUM,
        angle=Angle.LOW,
        scale=0.66,
        lead="a medium shot from a low angle",
        framing=(
            "The camera sits below the subject's waist and tilts up, so that the subject rises "
            "from the waist to the crown against the ceiling, the treetops or the sky of this "
            "place. A moderately wide lens lets the verticals lean gently inward and leaves the "
            "face undistorted. The key light keeps its side and now rakes up under brow and jaw "
            "no more than it truly would, and the subject faces the same side of the frame as in "
            "this still."
        ),
    ),
    ShotType.EWS: Shot(
        name="Extreme wide shot",
        size=ShotSize.EXTREME_WIDE,
        angle=Angle.EYE_LEVEL,
        scale=1.0,
        lead="an extreme wide shot",
        framing=(
            "The place owns the frame and the subject is a small figure in it, unmistakable by "
            "outline, hair and wardrobe. The camera is far away on a wide lens and a little above "
            "eye level, and it continues the place beyond the edges of this still in the same "
            "architecture, ground, vegetation and weather. The light crosses the whole space from "
            "the same direction as in this still, laying its shadows the same way, and the figure "
            "faces the same side of the frame."
        ),
    ),
    ShotType.MCU: Shot(
        name="Medium close-up",
        size=ShotSize.MEDIUM_CLOSE,
        angle=Angle.EYE_LEVEL,
        scale=0.52,
        lead="a medium close-up at eye level",
        framing=(
            "The frame runs from the middle of the chest to a little air above the head, and the "
            "shoulders give it a firm base. The camera has swung about thirty degrees around the "
            "subject from where this still was taken, without crossing the action line, and sees "
            "the face from there on a short telephoto lens. The light has not moved, so its edge "
            "on cheek and hair shifts only as far as the camera did, and the look goes out of the "
            "same side of the frame."
        ),
    ),
    ShotType.PROF: Shot(
        name="Profile",
        size=ShotSize.MEDIUM_CLOSE,
        angle=Angle.PROFILE,
        scale=0.54,
        lead="a profile shot",
        framing=(
            "The camera stands at a right angle to the subject's gaze, at eye level, and sees one "
            "side of the head only: brow, nose, lips and chin in one clear outline, from the "
            "chest up. The subject faces the same side of the frame as in this still, with open "
            "space in front of the face and the background quiet behind the outline. The light of "
            "this still has not moved, so from here it draws a bright edge along the profile or "
            "leaves the near cheek in shade."
        ),
    ),
    ShotType.HIGH: Shot(
        name="High angle",
        size=ShotSize.MEDIUM,
        angle=Angle.HIGH,
        scale=0.68,
        lead="a medium shot from a high angle",
        framing=(
            "The camera is well above the subject's head and tilts down at about forty-five "
            "degrees, so that the subject reads from the crown to the waist and the floor or "
            "ground of this place becomes the background. The face stays in view, a little "
            "foreshortened. The key light keeps its direction, shadows stretch over the ground "
            "the way they do in this still, and the subject faces the same side of the frame."
        ),
    ),
    ShotType.MS: Shot(
        name="Medium shot",
        size=ShotSize.MEDIUM,
        angle=Angle.EYE_LEVEL,
        scale=0.7,
        lead="a medium shot at eye level",
        framing=(
            "The frame runs from the waist up with both hands in view, so that posture and "
            "gesture count as much as the face. A normal lens at chest height sees the subject in "
            "a relaxed three-quarter view and keeps the place readable and slightly soft behind "
            "them. The key light and its shadows stay on their sides, and the camera keeps to the "
            "same side of the action line, so the eyeline does not change direction."
        ),
    ),
    ShotType.ECU: Shot(
        name="Extreme close-up",
        size=ShotSize.EXTREME_CLOSE,
        angle=Angle.EYE_LEVEL,
        scale=0.2,
        lead="an extreme close-up of the eyes",
        framing=(
            "The eyes fill the frame from the brows to the bridge of the nose, with nothing else "
            "to look at. A long macro lens leaves a hair-thin plane of focus on the nearer iris "
            "and shows real skin: pores, lashes and fine lines, unretouched. The catchlights are "
            "the light sources of this still, in the same place and colour, and the gaze goes out "
            "of the same side of the frame."
        ),
    ),
    ShotType.BACK: Shot(
        name="From behind",
        size=ShotSize.MEDIUM,
        angle=Angle.BEHIND,
        scale=0.74,
        lead="a shot from directly behind the subject",
        identity=Identity.HAIR_BUILD_AND_CLOTHES,
        framing=(
            "The camera stands behind the subject at shoulder height and shows the back of the "
            "head, the shoulders and the back of the clothes from the thighs up, with the face "
            "turned fully away. Beyond the subject we see the side of the place that they have in "
            "front of them, built in the same materials, period and weather. The camera has come "
            "round while the light has not moved, so it reaches the subject from another side of "
            "the frame and edges the hair and one shoulder, and the subject still faces the same "
            "way in the place."
        ),
    ),
    ShotType.POV: Shot(
        name="Point of view",
        size=ShotSize.WIDE,
        angle=Angle.POINT_OF_VIEW,
        scale=0.84,
        lead="a point-of-view shot through the subject's own eyes",
        identity=Identity.HAIR_BUILD_AND_CLOTHES,
        framing=(
            "The camera is at the subject's eye height and looks exactly where the subject looks "
            "in this still, onto the side of the place that lies in front of them. Of the subject "
            "there are at most forearms, hands and sleeves, entering from the lower edge of the "
            "frame as one's own do. The light of this still has not moved and enters the view "
            "from where its source truly stands, and whatever the subject is facing sits in the "
            "middle of the frame."
        ),
    ),
    ShotType.COWBOY: Shot(
        name="Cowboy shot",
        size=ShotSize.MEDIUM_WIDE,
        angle=Angle.EYE_LEVEL,
        scale=0.82,
        lead="a medium wide shot, framed from mid-thigh up",
        framing=(
            "The lower edge of the frame cuts at the middle of the thighs, so that hands, hips "
            "and stance are all in view, with a little air above the head and the place open on "
            "both sides. The camera is level at chest height on a normal lens and sees the "
            "subject squarely and at ease. The key light keeps its side from hair to hip, and the "
            "subject's stance and look keep the screen direction of this still."
        ),
    ),
    ShotType.TOP: Shot(
        name="Bird's eye",
        size=ShotSize.WIDE,
        angle=Angle.OVERHEAD,
        scale=0.9,
        lead="a bird's-eye view from straight above",
        identity=Identity.HAIR_BUILD_AND_CLOTHES,
        framing=(
            "The camera hangs directly overhead with its lens pointing straight down, so there is "
            "no horizon: we see the crown of the head, the line of the shoulders, the arms and "
            "the pattern of the floor or ground around them, and the face stays hidden beneath "
            "the hair. The things that stand near the subject in this still keep their places "
            "around them. The light comes from the same compass direction as in this still and "
            "throws the subject's shadow across the ground as a clear graphic shape."
        ),
    ),
    ShotType.DUTCH: Shot(
        name="Dutch angle",
        size=ShotSize.MEDIUM,
        angle=Angle.DUTCH,
        scale=0.64,
        roll=16.0,
        lead="a dutch angle with a strongly rolled horizon",
        framing=(
            "The camera is rolled about fifteen degrees around the axis of its lens, so that "
            "every upright of the place leans the same way and the horizon runs downhill toward "
            "the side the subject looks at. The subject is framed from the waist up at eye level "
            "and stands upright in the leaning world. The key light keeps its side, its shadows "
            "lean with the frame, and the look goes out of the same side as in this still."
        ),
    ),
    ShotType.HANDS: Shot(
        name="Hands",
        size=ShotSize.EXTREME_CLOSE,
        angle=Angle.EYE_LEVEL,
        scale=0.28,
        lead="a macro shot of the subject's hands at work",
        identity=Identity.HANDS,
        framing=(
            "The hands fill the frame, busy with what they hold or touch in this still, or at "
            "rest on the nearest surface if they hold nothing. A macro lens close to the "
            "fingertips shows natural joints, five fingers to a hand, the grain of the skin and "
            "the weave of the cuff, while the rest of the place dissolves behind. The key light "
            "rakes across the knuckles from the same side as in this still, and the hands work in "
            "the same direction across the frame."
        ),
    ),
}
