"""How much one GraphQL document may ask, decided before anything is executed.

Every document is walked once, each fragment is weighed once and its weight remembered, so the
work is linear in the document's length however its fragments refer to one another.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    get_named_type,
    is_list_type,
    is_non_null_type,
)
from graphql.validation.validate import ValidationAbortedError
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache

from graphapi.api.errors import CodedError, ErrorCode

# A list of unknown length counts as this many objects.
LIST_LENGTH = 10

# Selection sets within one another, fragments included: a bound for our recursion, far above
# what a person writes. graphql-core's own is 200.
_MAX_NESTING = 60

# How graphql-core's rule about introspection says so.
_INTROSPECTION_TOO_DEEP = "Maximum introspection depth exceeded"

# Documents kept parsed and validated: an application has some dozens.
_CACHED_DOCUMENTS = 256


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """The most that one document may ask.

    `width` counts fields beside one another and `fields` all fields, both with every fragment
    written out. `cost` counts objects' fields as they would be answered, each list taken as
    `LIST_LENGTH` long. The introspection query of every common tool passes.
    """

    characters: int = 100_000
    tokens: int = 2_500
    depth: int = 20
    root_fields: int = 30
    width: int = 120
    fields: int = 1_000
    cost: int = 20_000
    digits: int = 1_000


class _Weight(NamedTuple):
    """What a selection set asks, all fragments written out."""

    width: int = 0
    depth: int = 0
    fields: int = 0
    cost: int = 0

    def beside(self, other: "_Weight") -> "_Weight":
        return _Weight(
            self.width + other.width,
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.cost + other.cost,
        )


_NOTHING = _Weight()


def document_extensions(limits: DocumentLimits) -> list[Callable[[], SchemaExtension]]:
    """Make the schema extensions that bound, parse and validate documents, in working order.

    Limits come first: they set what the parser and the validation are called with, which is
    also what the two caches are keyed by.
    """
    rule = limit_rule(limits)
    return [
        lambda: LimitDocuments(limits, rule),
        lambda: ParserCache(maxsize=_CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=_CACHED_DOCUMENTS),
    ]


class LimitDocuments(SchemaExtension):
    """Bound what is parsed, refuse ambiguous documents, and name the errors of validation."""

    def __init__(self, limits: DocumentLimits, rule: type[ValidationRule]) -> None:
        self._limits = limits
        self._rule = rule

    def on_operation(self) -> Iterator[None]:
        """Set what the parser and the validation are called with."""
        context = self.execution_context
        context.parse_options["max_tokens"] = self._limits.tokens
        # First, so that nothing slower ever looks at a document that is too large.
        context.validation_rules = (self._rule, *context.validation_rules)
        yield

    def on_parse(self) -> Iterator[None]:
        """Refuse a text that is too long, and several operations with none chosen."""
        context = self.execution_context
        if len(context.query or "") > self._limits.characters:
            raise CodedError(
                ErrorCode.DOCUMENT_TOO_COMPLEX,
                f"The document is longer than {self._limits.characters} characters.",
            )
        yield
        document, chosen = context.graphql_document, context._provided_operation_name  # noqa: SLF001 - `operation_name` falls back to the first operation
        if document and chosen is None and len(_operations(document)) > 1:
            raise CodedError(
                ErrorCode.BAD_USER_INPUT,
                "The document holds several operations: say which to run in `operationName`.",
            )

    def on_validate(self) -> Iterator[None]:
        """Mark what validation found, which looks like a bad variable afterwards."""
        yield
        for error in self.execution_context.pre_execution_errors or ():
            too_deep = error.message == _INTROSPECTION_TOO_DEEP
            code = (
                ErrorCode.DOCUMENT_TOO_COMPLEX if too_deep else ErrorCode.GRAPHQL_VALIDATION_FAILED
            )
            error.extensions = {"code": code, **(error.extensions or {})}


def limit_rule(limits: DocumentLimits) -> type[ValidationRule]:
    """Make the validation rule for these limits.

    Make it once for each schema: the validation cache is keyed by the rules themselves.
    """

    class LimitRule(ValidationRule):
        """Stop the validation of a document that asks for too much."""

        def enter_document(self, document: DocumentNode, *_args: object) -> None:
            scale = _Scale(self.context)
            for operation in _operations(document):
                if complaint := _complain(scale.weigh_operation(operation), limits):
                    raise _too_complex(complaint, operation)

        def enter_int_value(self, number: IntValueNode, *_args: object) -> None:
            # Python gives up at more, in words of its own.
            if len(number.value) > limits.digits:
                raise _too_complex(f"A number has more than {limits.digits:,} digits.", number)

    return LimitRule


class _Scale:
    """Weighs selection sets, each fragment once."""

    def __init__(self, context: ValidationContext) -> None:
        self._schema: GraphQLSchema = context.schema
        self._fragment = context.get_fragment
        self._known: dict[str, _Weight] = {}
        self._nesting = 0
        self.widest = 0

    def weigh_operation(self, operation: OperationDefinitionNode) -> tuple[_Weight, int]:
        """Weigh an operation; answers its weight, and the width of its widest selection set."""
        root = self._schema.get_root_type(operation.operation)
        return self._weigh(operation.selection_set, root), self.widest

    def _weigh(self, selections: SelectionSetNode, parent: object) -> _Weight:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise _too_complex("The document is nested too deeply.", selections)
        weight = _NOTHING
        for selection in selections.selections:
            weight = weight.beside(self._weigh_one(selection, parent))
        self._nesting -= 1
        self.widest = max(self.widest, weight.width)
        return weight

    def _weigh_one(self, selection: SelectionNode, parent: object) -> _Weight:
        match selection:
            case FieldNode():
                return self._weigh_field(selection, parent)
            case FragmentSpreadNode():
                return self._weigh_fragment(selection.name.value)
            case InlineFragmentNode():
                condition = selection.type_condition
                type_ = self._schema.get_type(condition.name.value) if condition else parent
                return self._weigh(selection.selection_set, type_)
        return _NOTHING

    def _weigh_field(self, field: FieldNode, parent: object) -> _Weight:
        if not field.selection_set:
            return _Weight(1, 1, 1, 1)
        type_ = self._type_of(field.name.value, parent)
        inner = self._weigh(field.selection_set, get_named_type(type_))
        length = 1 if _introspects(parent) else _length(type_)
        return _Weight(1, 1 + inner.depth, 1 + inner.fields, 1 + length * inner.cost)

    def _type_of(self, name: str, parent: object) -> GraphQLOutputType | None:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return None
        definition = self._schema.get_field(parent, name)
        return definition.type if definition else None

    def _weigh_fragment(self, name: str) -> _Weight:
        weight = self._known.get(name)
        if weight is None:
            # A fragment that spreads itself weighs nothing there; another rule reports it.
            self._known[name] = _NOTHING
            weight = self._known[name] = self._weigh_definition(self._fragment(name))
        return weight

    def _weigh_definition(self, fragment: FragmentDefinitionNode | None) -> _Weight:
        if fragment is None:
            return _NOTHING
        condition = self._schema.get_type(fragment.type_condition.name.value)
        return self._weigh(fragment.selection_set, condition)


def _introspects(parent: object) -> bool:
    """Tell whether a field belongs to the schema's description of itself, whose size is known."""
    return isinstance(parent, GraphQLObjectType) and parent.name.startswith("__")


def _length(type_: GraphQLOutputType | None) -> int:
    length = 1
    while is_non_null_type(type_) or is_list_type(type_):
        length *= LIST_LENGTH if is_list_type(type_) else 1
        type_ = type_.of_type
    return length


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]


def _complain(weighed: tuple[_Weight, int], limits: DocumentLimits) -> str | None:
    weight, widest = weighed
    measures = (
        (weight.depth, limits.depth, "nests fields {} deep"),
        (weight.width, limits.root_fields, "asks for {} root fields"),
        (widest, limits.width, "asks for {} fields beside one another"),
        (weight.fields, limits.fields, "asks for {} fields"),
        (weight.cost, limits.cost, "may answer {} values"),
    )
    for measure, most, sentence in measures:
        if measure > most:
            # A nest of fragments can make a number of hundreds of digits.
            shown = f"{measure:,}" if measure < 10**12 else "countless"
            return f"The operation {sentence.format(shown)}; at most {most:,} are allowed."
    return None


def _too_complex(message: str, node: Node) -> ValidationAbortedError:
    return ValidationAbortedError(
        message, node, extensions={"code": ErrorCode.DOCUMENT_TOO_COMPLEX}
    )
