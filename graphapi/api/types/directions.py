"""What a director can ask for: the mode, the shot and the frame, each explained."""

from graphapi.api.types.enums import describe
from graphapi.domain.images import AspectRatio
from graphapi.domain.variations import ModificationMode, ShotType

__all__ = ["AspectRatio", "ModificationMode", "ShotType"]

describe(
    ModificationMode,
    "What kind of variation to make, and what it keeps of the source.",
    {
        "SHOT_VARIATION": "The same subject and moment, from another angle or in another framing. "
        "Without a `variationDetail` it goes through the sixteen shot types.",
        "B_ROLL": "The same place and atmosphere with nobody in view, for cutaways.",
        "ACTION_SHOT": "A dramatic moment of story or performance, with the same person.",
        "STYLE_VARIATION": "The same person and face; scene, outfit and location are new.",
        "SUBTLE_VARIATION": "A little later in the same scene: person and setting are kept, the "
        "moment is new.",
        "COVERAGE": "A detail or an object of this place, close, with nobody in view.",
    },
)

describe(
    ShotType,
    "A camera shot. In this order any first few are a spread of sizes and angles; a request "
    "without `shotTypes` goes on where the image's last one ended.",
    {
        "WS": "Wide shot at eye level: the whole figure within the place.",
        "CU": "Close-up: the face fills the frame.",
        "OTS": "Over the shoulder of somebody in the foreground.",
        "LOW": "Medium shot from a low angle, looking up.",
        "EWS": "Extreme wide shot: the place dominates, the figure is small.",
        "MCU": "Medium close-up: head and shoulders.",
        "PROF": "Profile: the subject seen exactly from the side.",
        "HIGH": "Medium shot from a high angle, looking down.",
        "MS": "Medium shot: from the waist up.",
        "ECU": "Extreme close-up: one feature, such as the eyes.",
        "BACK": "From behind; the face is not seen.",
        "POV": "Point of view: what the subject sees; the face is not seen.",
        "COWBOY": "Medium wide shot: from mid-thigh up.",
        "TOP": "Bird's eye view, straight down; the face is not seen.",
        "DUTCH": "Dutch angle: the horizon is tilted.",
        "HANDS": "Hands at work, in macro.",
    },
)

describe(
    AspectRatio,
    "The shape of a frame, width to height.",
    {
        "RATIO_16_9": "16:9, the widescreen frame of film and video.",
        "RATIO_9_16": "9:16, the upright frame of phones.",
        "RATIO_1_1": "1:1, square.",
        "RATIO_4_3": "4:3, the classic frame of television and stills.",
        "RATIO_3_4": "3:4, an upright portrait.",
    },
)
