"""The sentences that come and go with a request: the time cue, a person's note, the anchor."""

import re

from graphapi.domain.variations import ModificationMode

_SCENE = "Later in the scene."
# The documented table; a group that is not in it, or is free text, adds nothing.
_GROUP_CUES: dict[ModificationMode, dict[str, str]] = {
    ModificationMode.SHOT_VARIATION: {
        "music video": "Later in the music video.",
        "commercial": "Later in the commercial.",
    },
    ModificationMode.ACTION_SHOT: {
        "music video": "Later in the music video.",
        "commercial": "Later in the commercial.",
        "film": _SCENE,
        "tv series": _SCENE,
        "web series": _SCENE,
    },
}
_SAYS_LATER = re.compile(r"\blater\b", re.IGNORECASE)


def time_cue(mode: ModificationMode, group: str | None, detail: str) -> str:
    """Tell the one time cue of a prompt, or nothing.

    A subtle variation is later in the scene by its nature, whatever the group. A detail that
    says "later" itself is the only cue then, so that two are never stacked.
    """
    if _SAYS_LATER.search(detail):
        return ""
    if mode is ModificationMode.SUBTLE_VARIATION:
        return _SCENE
    return _GROUP_CUES.get(mode, {}).get((group or "").strip().casefold(), "")


def note(detail: str, precedence: str) -> str:
    """Quote a person's detail as data, and say what wins; nothing when there is none."""
    if not detail:
        return ""
    return f'The director\'s note, "{detail}", says what this picture should show. {precedence}'


def anchored(description: str, anchor: str) -> str:
    """Quote what an analysis said of the still as data; nothing when there was none."""
    return anchor.format(description=description) if description else ""
