"""Twenty-four small new moments of one scene that continues; the camera has not moved."""

SUBTLE_BEATS = (
    (
        "The eyes have shifted to something just outside the frame, while the head has stayed "
        "where it was."
    ),
    (
        "The head is tilted a little to one side, as if weighing what was said, and the light "
        "slides one finger's width along the cheek."
    ),
    "The beginning of a smile touches one corner of the mouth, and the eyes know it already.",
    "A long breath has been let out, so the shoulders sit lower and the whole face is softer.",
    "One hand has come up to the collar, the neck or the hair and rests there, half forgotten.",
    (
        "The weight has gone onto the other leg or the other side of the seat, and the line of "
        "the shoulders leans with it."
    ),
    "The gaze has dropped to the hands or the ground, and the lids cover most of the eyes.",
    "The eyes are closed, the face composed, and the key light lies evenly on both lids.",
    "The face has turned a few degrees toward the key light, and the shadow side has narrowed.",
    (
        "The face has turned a few degrees away from the key light, and half of it lies in a soft"
        " shade."
    ),
    "The body leans slightly forward, as it does when something matters.",
    "The throat is tight, the lips are pressed together, and something is being held back.",
    "A faint crease stands between the brows, and a question is left unasked.",
    (
        "A strand of hair or a fold of cloth has come loose and lies differently, and nobody has "
        "put it right."
    ),
    (
        "The body has settled back, with the chin a little higher and the look cooler and more "
        "distant."
    ),
    "The hands have taken up the nearest small object of the scene and hold it without looking.",
    (
        "Half a step has been taken toward the nearer edge of the frame, and the space on the "
        "other side has grown."
    ),
    "The head is turned over the shoulder, looking back at something left behind.",
    "The whole figure has gone quiet to listen, eyes unfocused and head held quite level.",
    (
        "The lips are parted on the first syllable of a word, and the eyes have lifted to meet "
        "someone."
    ),
    "The eyes shine a little more than they did, with a bright line along the lower lid.",
    "A real, unguarded smile has broken through and narrows the eyes.",
    "The jaw is set, the nostrils are a little wide, and the look is fixed straight ahead.",
    (
        "The arms have folded or the hands have found each other, and the figure has closed by a "
        "little."
    ),
)
