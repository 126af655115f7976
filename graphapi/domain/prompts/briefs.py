"""The standing sentences of each mode: what is asked, what stays, and the rule that comes last.

They follow what Google and fal document of Gemini's image models: full sentences, the most
important first and the hard constraint once more at the end, features described instead of "the
same face", and what is there said as well as what is not.
"""

from dataclasses import dataclass, replace

from graphapi.domain.prompts.shots import Identity, Shot
from graphapi.domain.variations import ModificationMode

_NOBODY_IN_STILL = (
    "If this still shows no person, its main subject is meant wherever the person is named, kept "
    "in shape, material and markings, and nobody is added."
)
_FEATURES = (
    "Keep the person's features exactly as this still shows them: the same face shape, brow, eyes, "
    "nose, mouth and hairline, the same hair, skin tone, age, build and wardrobe, down to the "
    f"jewellery and the wear of the cloth. {_NOBODY_IN_STILL}"
)
_WORLD = (
    "It is the same place with the same props and colours, in the same medium and finish as this "
    "still, as one single picture that fills the whole frame."
)
_ANCHOR = (
    'The description of this still, "{description}", confirms who the person is and where they are.'
)
_EMPTY = (
    "with no people, no faces, no figures and no body parts anywhere, neither near nor far nor in "
    "reflections, on screens or in pictures on a wall"
)

_NOTE_WINS = (
    "Where the direction that follows differs from the note, it lends the note only its light, its "
    "energy and its composition, but the note never lifts the rule at the end."
)
_SHOT_WINS = (
    "The shot itself stays as it is named here, and the note never lifts the rule at the end."
)


@dataclass(frozen=True, slots=True)
class Brief:
    """The standing sentences of one mode, in the order in which they are said.

    `precedence` follows a person's note and says what wins where they differ. `anchor` says what
    to take from the `{description}` of the still. `constraint` is the one rule that survives
    everything else in the prompt.
    """

    lead: str
    keep: str
    light: str
    constraint: str
    anchor: str = _ANCHOR
    precedence: str = _NOTE_WINS


BRIEFS: dict[ModificationMode, Brief] = {
    # For a shot that a detail decides; `shot_brief` is for one that is named.
    ModificationMode.SHOT_VARIATION: Brief(
        lead=(
            "Show the same person in the same place as this still, in the one shot that the "
            "director's note describes."
        ),
        keep=f"{_FEATURES} {_WORLD}",
        light=(
            "The key light comes from the same source as in this still, and the camera keeps to "
            "its side of the action line, so the screen direction holds."
        ),
        constraint=(
            "Above all, the subject stays the very same one as in this still, recognisable at once "
            "by face shape, eyes, hairline, build and wardrobe wherever these are in view, and in "
            "the same place; only the shot is new."
        ),
    ),
    ModificationMode.B_ROLL: Brief(
        lead=(
            "Show the location of this still as a cutaway: an empty, quiet place with nobody in "
            "view, resting in its own light."
        ),
        keep=(
            "Build the view from what this still shows of the location and its surroundings: the "
            "same architecture or landscape, materials, furnishings, weather and colours, in the "
            "same medium and finish, as one single picture that fills the whole frame."
        ),
        light=(
            "The light keeps the source, the colour and the true direction that it has in this "
            "still, and everything keeps its true position in the place, whichever way the camera "
            "looks."
        ),
        constraint=(
            "Above all, the place is empty and quiet: only the location itself fills the frame, "
            f"{_EMPTY}."
        ),
        anchor=(
            'From the description of this still, "{description}", take only the location, and '
            "leave everybody it names out of the picture."
        ),
    ),
    ModificationMode.ACTION_SHOT: Brief(
        lead=(
            "Show the same person from this still at the height of one dramatic moment, caught in "
            "the very instant of it."
        ),
        keep=f"{_FEATURES} {_WORLD}",
        light=(
            "Apart from what this moment itself brings, the key light comes from the same source "
            "and side as in this still, and movement across the frame keeps the screen direction "
            "in which the person already faces."
        ),
        constraint=(
            "Above all, this is the very same person as in this still, recognisable at once by "
            "face shape, eyes, hairline, build and wardrobe; only the moment is new."
        ),
    ),
    ModificationMode.STYLE_VARIATION: Brief(
        lead=(
            "Place the same person from this still, face unchanged, in an entirely new scene with "
            "a new location and a new outfit."
        ),
        keep=(
            "Keep the person's own features exactly as this still shows them: the same face shape, "
            "brow, eyes, nose, mouth and hairline, the same hair, skin tone, age and build. "
            f"{_NOBODY_IN_STILL} Nothing of the old surroundings or clothes remains, and the "
            "result is one single picture that fills the whole frame."
        ),
        light=(
            "The light of the new scene falls on the face with the direction, colour and hardness "
            "that it has on everything around, so the person truly stands there, and they look "
            "toward the same side of the frame as in this still."
        ),
        constraint=(
            "Above all, the face is that of the very same person as in this still, recognisable at "
            "once by face shape, eyes, nose, hairline, skin tone and build; scene, outfit and "
            "location are new."
        ),
        anchor=(
            'From the description of this still, "{description}", take only the person\'s own '
            "features, as place and clothes are new."
        ),
    ),
    ModificationMode.SUBTLE_VARIATION: Brief(
        lead=(
            "Show the same person in the same setting as this still, in one small new moment of "
            "the scene."
        ),
        keep=(
            f"{_FEATURES} {_WORLD} The camera has not moved and keeps the framing, height and lens "
            "of this still."
        ),
        light=(
            "The key light has the same source, side, colour and softness as in this still, and "
            "the person faces the same side of the frame except as the moment itself turns them."
        ),
        constraint=(
            "Above all, this is the very same person as in this still, with the same face shape, "
            "eyes, hairline, build and wardrobe, in the same setting; only the small moment is new."
        ),
    ),
    ModificationMode.COVERAGE: Brief(
        lead=(
            "Show one detail or object from the environment of this still as an insert shot, in an "
            "empty, quiet place with nobody in view."
        ),
        keep=(
            "Choose something that this still shows or that plainly belongs there, and keep its "
            "world: the same materials, period, wear, weather and colours, in the same medium and "
            "finish, as one single picture that fills the whole frame."
        ),
        light=(
            "The light keeps the source, the colour and the true direction that it has in this "
            "still, so that the insert cuts together with it."
        ),
        constraint=(
            f"Above all, the detail is alone: only objects and surfaces fill the frame, {_EMPTY}."
        ),
        anchor=(
            'From the description of this still, "{description}", take only the environment and '
            "its objects, and leave everybody it names out of the picture."
        ),
    ),
}

_KEEPS: dict[Identity, str] = {
    Identity.FACE: _FEATURES,
    Identity.HAIR_BUILD_AND_CLOTHES: (
        "The face is out of sight in this shot, so whatever is in view of the person must identify "
        "them: the same hair in colour, cut and texture, the same build and skin tone, and the "
        f"same clothes, shoes and jewellery, as they look from here. {_NOBODY_IN_STILL}"
    ),
    Identity.HANDS: (
        "The face is out of the frame, so the hands must identify the person: the same shape and "
        "age, skin tone, nails and rings, and the same sleeves and cuffs as the wardrobe in this "
        f"still has. {_NOBODY_IN_STILL}"
    ),
}
_RECOGNISED_BY: dict[Identity, str] = {
    Identity.FACE: "face shape, eyes, hairline, build and wardrobe",
    Identity.HAIR_BUILD_AND_CLOTHES: "hair, build and clothes with the face out of sight",
    Identity.HANDS: "hands, skin tone and sleeves with the face out of sight",
}


def shot_brief(shot: Shot) -> Brief:
    """Make the brief of one named shot; its framing already tells the light and the direction."""
    return replace(
        BRIEFS[ModificationMode.SHOT_VARIATION],
        lead=f"Show the same person in the same place as this still, now as {shot.lead}.",
        keep=f"{_KEEPS[shot.identity]} {_WORLD}",
        light="",
        constraint=(
            "Above all, the subject stays the very same one as in this still, recognisable at once "
            f"by {_RECOGNISED_BY[shot.identity]}, and in the same place; only the shot is new."
        ),
        precedence=_SHOT_WINS,
    )
