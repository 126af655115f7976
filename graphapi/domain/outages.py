"""What people are told of a provider that keeps failing."""

from dataclasses import dataclass
from datetime import datetime

from graphapi.domain.breakers import Breaker
from graphapi.domain.failures import Failure, JobErrorCode

# The words are ours, never the provider's: those may quote somebody's request.
_SENTENCES = {
    JobErrorCode.PROVIDER_UNAVAILABLE: "{who} cannot be reached, or answers with errors.",
    JobErrorCode.PROVIDER_FAILED: "{who} takes requests and fails at them.",
    JobErrorCode.INVALID_OUTPUT: "{who} answers with what is of no use.",
    JobErrorCode.TIMED_OUT: "{who} does not answer in time.",
    JobErrorCode.PROVIDER_CREDENTIALS: "{provider} does not accept this server's key: its "
    "operator must set one that is good.",
    JobErrorCode.INSUFFICIENT_BALANCE: "This server's account at {provider} has no balance left: "
    "its operator must top it up.",
}


@dataclass(frozen=True, slots=True)
class ProviderOutage:
    """An open breaker, to be told. `model` is None when the whole provider fails."""

    provider: str
    model: str | None
    breaker: Breaker

    @property
    def retry_at(self) -> datetime:
        """Tell when the next job may try; while one does, when that counts as lost."""
        return self.breaker.retry_at or self.breaker.struck_at

    @property
    def failure(self) -> Failure:
        """Say what is wrong, and who must act if somebody must."""
        who = f"{self.model} at {self.provider}" if self.model else self.provider
        sentence = _SENTENCES.get(self.breaker.code, "{who} keeps failing.")
        return Failure(self.breaker.code, sentence.format(who=who, provider=self.provider))

    @property
    def stage_message(self) -> str:
        """Say what a job waits for that is not sent meanwhile."""
        if self.breaker.trial is not None:
            return f"{self.failure.message} One request is trying it now; nothing else is sent"
        moment = f"{self.retry_at:%H:%M:%S} UTC"
        return f"{self.failure.message} Nothing is sent until it is tried again at {moment}"
