"""Twenty-four views of a location that stands empty, for cutaways."""

B_ROLL_BEATS = (
    (
        "The camera stands where it stood for this still and takes the same view wide and level, "
        "with the spot at its heart vacant and the light undisturbed."
    ),
    (
        "The camera turns round to the reverse angle and shows the side of the place that lay "
        "behind the lens, with the light now coming from the opposite side of the frame."
    ),
    (
        "The camera rests on the floor or ground and looks along it on a wide lens, so that the "
        "texture nearby is huge and the far end of the place stands small in raking light."
    ),
    (
        "The camera tilts straight up into the ceiling, the canopy or the open sky above this "
        "place, with the tops of its walls, poles or trees entering from the edges."
    ),
    (
        "A doorway, a gate, a gap or a path opens onto the place and frames it, dark at the edges"
        " and bright within, seen square on from outside."
    ),
    (
        "The view goes to where the main light of the place comes from, a window, a lamp or a "
        "break in the clouds, with the light spilling toward the camera across whatever lies "
        "below."
    ),
    (
        "The view goes to the quietest corner of the place, where shadow gathers, with one object"
        " half lit at the edge of the dark."
    ),
    (
        "A long lens brings the far background of this still near and flattens it into stacked "
        "planes of soft, hazy colour."
    ),
    (
        "The camera looks through something close and out of focus that belongs here, leaves, "
        "glass, a railing or a cloth, to the place standing clear beyond it."
    ),
    (
        "A line of the place, a path, a wall, a row or a rail, leads from the bottom corner of "
        "the frame to a vanishing point, with the light falling across it from the side."
    ),
    (
        "Light and shadow alone are the subject: the pattern that the key light lays on one wall "
        "or stretch of ground, its edges soft where the source is far."
    ),
    (
        "The camera looks down from high above at the whole layout of the place, its objects "
        "small and orderly and their shadows all pointing the same way."
    ),
    (
        "The place is seen in a reflection, in a window, a puddle or a polished top, with the "
        "real thing only at the upper edge of the frame."
    ),
    (
        "The shapes of the place stand dark against its brightest part, seen straight into the "
        "light, with a thin bright rim around each of them."
    ),
    (
        "The camera looks along a wall, a facade or an edge of the ground from very close, so "
        "that its surface runs away into soft focus and side light shows every unevenness."
    ),
    (
        "The exact spot where the subject of this still belongs is vacant, seen level and from "
        "near on a normal lens, with the objects around it keeping their places."
    ),
    (
        "A beam of light crosses the frame and makes the air visible, drifting dust, mist or fine"
        " rain, with the place darker and simpler behind it."
    ),
    (
        "The camera stands on the threshold between inside and outside, or between cover and open"
        " ground, so that half of the frame is in shade and half in light."
    ),
    (
        "The place is arranged in three depths, an object near, the middle ground and the far "
        "background, all in focus, with a clear way through for the eye."
    ),
    (
        "The camera finds the axis of the place and shows it in strict, calm symmetry, with the "
        "light even on both sides and the far end in the centre."
    ),
    (
        "Nearly all of the frame is plain wall, sky or ground, and one small part of the place "
        "sits low at one side of it and gives the scale."
    ),
    (
        "The place is seen from outside, from as far as it can still be recognised, with its own "
        "lights or its own colour setting it off from what surrounds it."
    ),
    (
        "The air moves through the place and only light things answer, a curtain, a branch, steam"
        " or the surface of water, softly blurred while all else is still."
    ),
    (
        "The camera passes the edge of what this still shows and looks into the part that adjoins"
        " it, in the same materials and the same light, falling off into the distance."
    ),
)
