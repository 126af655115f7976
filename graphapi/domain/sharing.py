"""One request for several pictures: which goes with which, and who of them pays what.

Each picture has a job of its own, which is one place of the request, counted from 0. What one
request cost is shared by the pictures that came of it.
"""

from collections.abc import Sequence

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import Billed


def requests_for(pictures: int, most: int) -> Sequence[int]:
    """Tell how many pictures each request asks for, when none may ask for more than `most`."""
    whole, rest = divmod(pictures, most)
    return [*[most] * whole, *[rest] * bool(rest)]


def share(total: int, among: int, place: int) -> int:
    """Tell what one of so many pays of a total; together they pay all of it, to the millionth."""
    each, rest = divmod(total, among)
    return each + (place < rest)


def not_made(came: int, asked: int, billed: Billed) -> Failure:
    """Make the failure of a picture for which a request had no more."""
    charge = "Nothing was charged for it." if billed is Billed.NO else "It may have been charged."
    return Failure(
        JobErrorCode.PICTURE_MISSING,
        f"The provider made {came} of the {asked} pictures that one request asked for, and this "
        f"is not among them. {charge} Ask for it again with `retryFailed`.",
    )
