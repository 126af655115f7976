"""Twenty-four details and objects that any environment offers, as inserts."""

COVERAGE_BEATS = (
    (
        "The detail is the object that stands nearest to the centre of this still, alone in the "
        "frame at its own height, with the key light from its side and the rest of the place soft"
        " behind."
    ),
    (
        "The detail is the surface of a wall, a trunk or a rock of this place, filling the whole "
        "frame, with light raking across it so that every grain and scar stands out."
    ),
    (
        "The detail is a patch of the floor or ground seen straight from above, with what lies on"
        " it and the long, thin shadows of things out of view."
    ),
    (
        "The detail is a handle, a latch, a switch or a knot of this place, worn bright by use, "
        "seen from very close with a narrow plane of focus."
    ),
    (
        "The detail is a fold of fabric or the edge of some soft material found here, curtain, "
        "blanket, moss or grass, with side light showing its weave."
    ),
    (
        "The detail is the source of the light itself, a lamp, a pane or a glowing gap, exposed "
        "so that its shape can be seen and the dark closes in around it."
    ),
    (
        "The detail is something of glass or clear water from this place, with the light bent "
        "through it and a small, bright pattern thrown beside it."
    ),
    (
        "The detail is the thing here that time has used most, with its chips, rust, fading or "
        "patina read closely in soft, even light."
    ),
    (
        "The detail is an object set down and left, a little out of line with everything around "
        "it, seen from table or ground height with vacant space beside it."
    ),
    (
        "The detail is the seam where two materials of this place meet, running across the frame "
        "as one clean line with light on one side and shade on the other."
    ),
    (
        "The detail is the shadow of an object rather than the object, stretched over a wall or "
        "the ground in the direction that the light of this still gives it."
    ),
    (
        "The detail is a row, a stack or a bundle of alike things from this place, seen along its"
        " length so that it repeats into soft focus."
    ),
    (
        "The detail is a plant, a leaf, lichen or another small growing thing of this place, with"
        " the light coming through it from behind."
    ),
    (
        "The detail is a vessel of this place, a cup, a bottle, a bucket or a hollow, seen from "
        "just above its rim with what is left inside it."
    ),
    (
        "The detail is the tool or device by which things get done here, resting between uses, "
        "with a hard highlight along its edge."
    ),
    (
        "The detail is a cable, a rope, a pipe or a root that runs through this place, followed "
        "from near and sharp to far and soft."
    ),
    (
        "The detail is an ornament, a carving or a pattern that belongs to this place, lit from "
        "the side so that its relief can be read."
    ),
    (
        "The detail is paper, print or a sign from this place, cropped so that it is texture and "
        "shape and its letters run out of the frame."
    ),
    (
        "The detail is what has fallen: crumbs, petals, dust or drops on a surface of this place,"
        " seen at the level of that surface against a dim background."
    ),
    (
        "The detail is a small reflection of this vacant place in something rounded or polished, "
        "with the true surroundings only a blur of colour around it."
    ),
    (
        "The detail is something that hangs here, a hook, a lamp, a branch or a cloth, seen from "
        "below with plain space all around it and its edge lit."
    ),
    (
        "The detail is the corner of a piece of furniture, a ledge or a stone of this place, its "
        "three sides in three different tones of the same light."
    ),
    (
        "The detail is a thing that was broken and mended, or bent and left so, with the place of"
        " the repair sharp and all else falling away."
    ),
    (
        "The detail is the smallest object that still tells which place this is, tiny in a field "
        "of plain tone, with one soft shadow that points away from the key light."
    ),
)
