"""Prompts in a person's own words, and what is said in them of each picture they come with."""

from collections.abc import Sequence

from graphapi.errors import Refused, UserErrorCode

LONGEST_PROMPT = 10_000
LONGEST_ROLE = 200
# What PostgreSQL cannot keep.
_NUL = "\x00"


def check_prompt(prompt: str) -> str:
    """Give a prompt back as it is, to the byte; raises Refused for one that cannot be sent so."""
    if not prompt.strip():
        raise Refused(
            UserErrorCode.INVALID_INPUT, "The prompt is blank. Say what to make.", ("prompt",)
        )
    if len(prompt) > LONGEST_PROMPT:
        message = f"The prompt has {len(prompt)} characters. Shorten it to {LONGEST_PROMPT}."
        raise Refused(UserErrorCode.INVALID_INPUT, message, ("prompt",))
    if _NUL in prompt or not _is_unicode(prompt):
        message = "The prompt holds characters that are no text. Leave them out."
        raise Refused(UserErrorCode.INVALID_INPUT, message, ("prompt",))
    return prompt


def check_roles(roles: Sequence[str | None], inputs: int) -> tuple[str | None, ...]:
    """Tidy what is said of each picture: on one line, without a full stop, a blank one null.

    Raises Refused for more roles than pictures, and for one that is too long.
    """
    if len(roles) > inputs:
        message = f"{len(roles)} roles are given for {inputs} images. Give at most one for each."
        raise Refused(UserErrorCode.INVALID_INPUT, message, ("roles",))
    tidy = [" ".join((role or "").replace(_NUL, "").split()).rstrip(".") for role in roles]
    for number, role in enumerate(tidy):
        if len(role) > LONGEST_ROLE or not _is_unicode(role):
            message = f"A role is at most {LONGEST_ROLE} characters of text, such as `the set`."
            raise Refused(UserErrorCode.INVALID_INPUT, message, ("roles", str(number)))
    return (*(role or None for role in tidy), *[None] * (inputs - len(tidy)))


def with_roles(prompt: str, roles: Sequence[str | None]) -> str:
    """Say what each picture is, before the prompt itself.

    As in `Image 2 is the wardrobe reference.`, and then a blank line. The pictures are counted
    from 1, in the order in which they are sent. Without any role the prompt is sent alone.
    """
    said = [f"Image {number} is {role}." for number, role in enumerate(roles, 1) if role]
    return f"{' '.join(said)}\n\n{prompt}" if said else prompt


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
