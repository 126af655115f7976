"""Who may call, and what fal.ai says to others."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MALFORMED = "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."
UNKNOWN = "No user found for Key ID and Secret"
LOCKED = (
    "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
)


def refusal(request: Request, key: str) -> Response | None:
    """Answer 401 unless the request carries `key`; None lets it pass."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme != "Key" or given.count(":") != 1:
        return JSONResponse({"detail": MALFORMED}, 401)
    if given != key:
        return JSONResponse({"detail": UNKNOWN}, 401)
    return None


def locked() -> Response:
    """Answer as for an account whose balance is exhausted."""
    return JSONResponse({"detail": LOCKED}, 403)
