"""How documents are executed: strawberry's way, with two of its faults mended."""

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import strawberry
from graphql import GraphQLError
from graphql.execution import Executor as GraphQLCoreExecutor
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext

from graphapi.api.limits import DocumentLimits, document_extensions

# What is cancelled before its first step never awaits what it was given. It is no defect of ours
# when somebody leaves in the middle of an operation, and nobody can do anything about the line.
warnings.filterwarnings(
    "ignore", r"coroutine '(Executor|GraphQLCoreConverter)\..* was never awaited", RuntimeWarning
)


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Execute operations without remembering every event of a subscription.

    graphql-core 3.3 memoises sub-fields by the identity of lists that are new in every event,
    in one dict that all events of a subscription share, so it grows until the client leaves.
    """

    def build_per_event_executor(self, payload: Any) -> GraphQLCoreExecutor[Any]:
        """Make the executor of one event, with a memory of its own."""
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}  # noqa: SLF001 - the dict at fault has no other door
        return executor


class Schema(strawberry.Schema):
    """A strawberry schema with our limits, caches and executor.

    Errors are not logged here: `graphapi.api.errors.answer_errors` logs the ones that are
    masked, where the answer is built.
    """

    def __init__(  # noqa: PLR0913 - strawberry's own arguments, by name
        self,
        *,
        query: type,
        mutation: type | None = None,
        subscription: type | None = None,
        types: Iterable[type] = (),
        config: StrawberryConfig | None = None,
        limits: DocumentLimits | None = None,
        extensions: Iterable[Callable[[], SchemaExtension]] = (),
    ) -> None:
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=types,
            config=config,
            extensions=[*document_extensions(limits or DocumentLimits()), *extensions],
            execution_context_class=Executor,
        )

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave the errors to whoever builds the answer."""
