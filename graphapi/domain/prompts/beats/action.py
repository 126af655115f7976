"""Twenty-four dramatic moments, each caught at its height, for one person anywhere."""

ACTION_BEATS = (
    (
        "The person breaks into a run across the frame in the direction they already face, low "
        "camera tracking alongside, clothes and hair streaming and the background drawn into "
        "streaks."
    ),
    (
        "The person spins on the spot with arms flung wide, hair and hem swung out by the turn, "
        "seen from waist height on a wide lens with the key light catching the leading side."
    ),
    (
        "The person reaches toward the lens with one outstretched hand, the fingers large and "
        "soft in the foreground and the face sharp behind them, lit from the side."
    ),
    (
        "The person sinks to both knees in the middle of the place, head thrown back, seen from a"
        " low camera in front with the light falling steeply on the upturned face."
    ),
    (
        "The person gives everything to one long shout or sung note, eyes closed and the cords of"
        " the neck drawn tight, in a tight frame with hard side light."
    ),
    (
        "The person leaps clear of the ground at the peak of the jump, body drawn into one strong"
        " diagonal, seen from the floor against the open upper part of the place."
    ),
    (
        "The person whirls round toward a sudden sound behind them, the body still turned away "
        "and the face already in the light, with a swing of hair frozen between the two."
    ),
    (
        "The person leans hard into a strong wind that fills the frame with dust, rain or leaves,"
        " one forearm raised against it and every fold of cloth pulled back the same way."
    ),
    (
        "The person bursts through a door, a curtain or a thicket of this place toward the "
        "camera, with light breaking in behind them and pieces of it still swinging."
    ),
    (
        "The person springs up from a seat or from the ground, caught halfway, with whatever "
        "stood beside them knocked off balance and the camera low and close."
    ),
    (
        "The person strides straight at the camera through the middle of the place, eyes locked "
        "on the lens, with strong backlight drawing their edge and the ground gleaming ahead."
    ),
    (
        "The person hurls a small thing that belongs to this place out of the frame, the arm at "
        "full stretch, the whole body behind it and the object a streak at the edge."
    ),
    (
        "The person crouches behind the nearest cover and looks past its edge, half of the face "
        "in hard light and half in the dark, one hand flat against the surface."
    ),
    (
        "The person looks up in plain wonder at something high above the frame, mouth a little "
        "open, as a new brightness from up there washes over the face."
    ),
    (
        "The person laughs outright, head back and eyes nearly shut, seen close on a long lens "
        "with warm backlight in the hair and the place dissolved behind."
    ),
    (
        "The person weeps without a sound and looks straight ahead, one wet line on the cheek "
        "catching the key light, in a close frame that stays perfectly still."
    ),
    (
        "The person dances, one foot off the ground and both arms in a clear line, with a hint of"
        " blur in hands and feet and the light carving the figure from one side."
    ),
    (
        "The person stands braced face to face with an opponent of whom only an out-of-focus "
        "shoulder is seen, jaw set, the two of them a breath apart and the key light between "
        "them."
    ),
    (
        "The person climbs, one hand gripping an edge of this place at the top of the frame and "
        "the face straining up into the light, seen from above with the drop below."
    ),
    (
        "The person stumbles forward, arms out and balance gone, with one knee about to strike "
        "the ground, in a tilted frame as tense as the fall."
    ),
    (
        "The person throws both arms up in triumph, seen from behind and below at a slant that "
        "keeps the face in profile, with a blaze of light ahead of them."
    ),
    (
        "The person plunges both hands into water, earth or whatever loose stuff this place "
        "offers and flings it up, its drops or grains hanging bright against the dark."
    ),
    (
        "The person clutches one precious object to the chest and shields it with the whole body,"
        " eyes searching the edge of the frame, under one hard light from above."
    ),
    (
        "The person tears off or sweeps back a layer of what they wear, jacket, scarf or hood, "
        "the cloth a sweeping arc across the frame and the face revealed in the key light."
    ),
)
