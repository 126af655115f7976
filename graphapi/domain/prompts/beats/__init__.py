"""What makes the items of one call differ: a list of distinct beats for each mode.

Each beat is one change, in full sentences, and carries no time cue: the group's prefix may.
Two calls of twelve use up one list of twenty-four; the round begins again from there.
"""

from graphapi.domain.prompts.beats.action import ACTION_BEATS
from graphapi.domain.prompts.beats.b_roll import B_ROLL_BEATS
from graphapi.domain.prompts.beats.coverage import COVERAGE_BEATS
from graphapi.domain.prompts.beats.shot import SHOT_BEATS
from graphapi.domain.prompts.beats.style import STYLE_BEATS
from graphapi.domain.prompts.beats.subtle import SUBTLE_BEATS
from graphapi.domain.variations import ModificationMode

BEATS: dict[ModificationMode, tuple[str, ...]] = {
    ModificationMode.SHOT_VARIATION: SHOT_BEATS,
    ModificationMode.B_ROLL: B_ROLL_BEATS,
    ModificationMode.ACTION_SHOT: ACTION_BEATS,
    ModificationMode.STYLE_VARIATION: STYLE_BEATS,
    ModificationMode.SUBTLE_VARIATION: SUBTLE_BEATS,
    ModificationMode.COVERAGE: COVERAGE_BEATS,
}
