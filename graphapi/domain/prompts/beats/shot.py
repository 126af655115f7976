"""Beats for a shot that is decided already, by a detail or by name.

They leave the framing alone: a moment is something the subject does, a take something the
camera operator does.
"""

# For a shot that a detail decides: how much of the subject is in view cannot be known.
_MOMENTS = (
    "The subject is at rest, weight settled and breath let out, as if nobody were watching.",
    (
        "Something beyond the left edge of the frame has caught the subject's attention, and the "
        "head begins to follow it."
    ),
    "The subject is drawn inward, head lowered a little and shoulders folded around a thought.",
    "The subject has taken a breath to speak, with the chin up and the chest open.",
    "The subject turns toward the key light, which opens across that whole side.",
    "The subject turns away from the key light, which is left to draw a single bright edge.",
    (
        "The subject is caught in the middle of a small, ordinary gesture with whatever is "
        "nearest to hand."
    ),
    "The subject leans toward the camera, as though sharing a confidence.",
    "The subject draws back from the camera by half a step, and distance opens between the two.",
    "The subject holds quite still, every muscle set, on the edge of a decision.",
    (
        "The tension lets go: the shoulders drop and the beginning of a smile loosens the whole "
        "bearing."
    ),
    "Something beyond the right edge of the frame has made the subject stop and listen.",
)

# For any of the sixteen shots, also those in which no face and hardly any body is in view.
TAKES = (
    (
        "Shoot past something that belongs to this place, held close to the lens and melted out "
        "of focus along one edge of the frame."
    ),
    "Let a little true motion blur show in whatever moves, while all that stands still is crisp.",
    (
        "Let the light pick out the air itself between the camera and what it looks at, as fine "
        "dust, haze or moisture."
    ),
    (
        "Shift the camera one step to the side, without crossing the action line, so that "
        "foreground and background line up differently."
    ),
    (
        "Expose for the highlights, so that the shadows of this place go deep and keep only a "
        "trace of detail."
    ),
    (
        "Let a soft flare from the key light wash over one corner of the frame and hide nothing "
        "that matters."
    ),
    (
        "Strip the frame down to a few strong shapes of this place and leave out whatever carries"
        " no meaning."
    ),
    (
        "Lift the fill light a little, from the same side as before, so that the shadows open and"
        " the frame grows gentler."
    ),
    (
        "Build a frame within the frame, so that an edge, an opening or a shadow of this place "
        "closes around the point of interest."
    ),
    "Take it handheld, with the small, human imprecision of a camera on a shoulder.",
    "Let one glint or reflection from a surface of this place enter the frame as an accent.",
    (
        "Compose a little off balance, with the open space of the frame lying ahead of the point "
        "of interest."
    ),
)

SHOT_BEATS = tuple(
    beat for moment_and_take in zip(_MOMENTS, TAKES, strict=True) for beat in moment_and_take
)
