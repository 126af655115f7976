"""Choosing a model, and the adapter that speaks to it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from graphapi.domain.images import AspectRatio
from graphapi.domain.jobs import OF_SOUND, JobKind
from graphapi.domain.models import Model, ModelKind
from graphapi.errors import Refused, UserErrorCode
from graphapi.persistence.records import AnyRow
from graphapi.ports.analysis import Analyst
from graphapi.ports.editing import Editor
from graphapi.ports.sound import SoundModel

_INSTEAD = {
    ModelKind.TEXT_TO_IMAGE: "makes pictures from words alone and takes no source picture.",
    ModelKind.ANALYSIS: "describes images and makes none.",
    ModelKind.TRANSCRIPTION: "writes down what is said and makes no images.",
    ModelKind.SPEECH: "speaks and makes no images.",
}


# How many pictures are sent where nobody says how many a model takes: as many as the pro takes.
MOST_INPUTS = 14
_FORMER = {
    JobKind.TRANSCRIPTION: (ModelKind.TRANSCRIPTION, "audio_url"),
    JobKind.SPEECH: (ModelKind.SPEECH, "text"),
}
_MAKERS = (ModelKind.EDIT, ModelKind.TEXT_TO_IMAGE)


class Models:
    """The models of this server, and who speaks to each of them.

    `remarks` are what its operator should know of them.
    """

    def __init__(
        self,
        models: Sequence[Model],
        editors: Mapping[str, Editor],
        analyst: Analyst,
        sounds: Mapping[tuple[str, JobKind], SoundModel] = MappingProxyType({}),
        remarks: tuple[str, ...] = (),
    ) -> None:
        self.remarks = remarks
        self.all = tuple(models)
        self.analyst = analyst
        self._editors = editors
        self._sounds = sounds

    @property
    def analysis_models(self) -> tuple[str, ...]:
        """Name the models that the analyst is asked with, in the order of preference."""
        eyes = self.of_kind(ModelKind.ANALYSIS)
        own = [model for model in eyes if model.provider == self.analyst.provider]
        return tuple(model.endpoint for model in own if model.unusable is None)

    def of_kind(self, kind: ModelKind | None) -> list[Model]:
        """List the models that do one thing; without a kind, all of them."""
        return [model for model in self.all if kind in (None, model.kind)]

    def find(self, model_id: str) -> Model | None:
        """Find a model by its id."""
        return next((model for model in self.all if model.id == model_id), None)

    def edit_model(self, model_id: str | None, ratio: AspectRatio) -> Model:
        """Choose an edit model: the one named, else the default.

        Raises Refused with MODEL_UNKNOWN, MODEL_UNAVAILABLE or RATIO_UNSUPPORTED.
        """
        known = self.of_kind(ModelKind.EDIT)
        chosen = next((m for m in known if m.id == model_id or (not model_id and m.default)), None)
        if chosen is None:
            raise _no_model(self._why_not(model_id))
        if chosen.unusable:
            raise _unavailable(chosen)
        if ratio not in chosen.aspect_ratios:
            offered = ", ".join(each.name for each in AspectRatio if each in chosen.aspect_ratios)
            message = f"{chosen.id} cannot make {ratio.value} pictures. It makes {offered}."
            raise Refused(UserErrorCode.RATIO_UNSUPPORTED, message, ("aspectRatio",))
        return chosen

    def image_model(self, model_id: str, inputs: int) -> Model:
        """Choose the model that makes an image from a prompt, and from so many pictures.

        Raises Refused with MODEL_UNKNOWN or MODEL_UNAVAILABLE, or with COUNT_OUT_OF_RANGE for too
        many pictures.
        """
        chosen = self.find(model_id)
        unfit = _unfit(chosen, inputs)
        if chosen is None or unfit:
            raise _no_model(unfit or self._why_not(model_id))
        if chosen.unusable:
            raise _unavailable(chosen)
        _check_inputs(chosen, inputs)
        return chosen

    def sound_model(self, model_id: str, kind: ModelKind) -> Model:
        """Choose a model that hears or speaks.

        Raises Refused with MODEL_UNKNOWN or MODEL_UNAVAILABLE.
        """
        chosen = self.find(model_id)
        if chosen is None:
            raise _no_model(
                f"{_unknown(model_id)} Query `models` for kind {kind}.{_more(model_id)}"
            )
        if chosen.kind is not kind:
            other = f"{chosen.id} is of kind {chosen.kind}, which this cannot use."
            raise _no_model(f"{other} Query `models` for kind {kind}.")
        if chosen.unusable:
            raise _unavailable(chosen)
        return chosen

    def named(self, job: AnyRow) -> Model:
        """Find the model of a job, also when this server knows it no more."""
        known = self.find(job.model)
        if known is not None:
            return known
        kind, field = _FORMER.get(job.kind, (ModelKind.EDIT, None))
        told = "A model of earlier days."
        return Model(job.model, job.provider, kind, told, subject_field=field)

    def asked(self, job: AnyRow) -> Editor | SoundModel | None:
        """Find who is asked what becomes of a job; None when it is not set up here now."""
        return self.sound(job) if job.kind in OF_SOUND else self.editor(job.provider)

    def sound(self, job: AnyRow) -> SoundModel | None:
        """Find who hears or speaks for a job; None when it is not set up here now."""
        return self._sounds.get((job.provider, job.kind))

    def editor(self, provider: str) -> Editor | None:
        """Find who speaks to a provider; None when it is not set up on this server now."""
        return self._editors.get(provider)

    def is_repeatable(self, provider: str) -> bool:
        """Tell whether a lost request of this provider may simply be sent again."""
        editor = self._editors.get(provider)
        if editor is not None:
            return editor.repeatable
        return self.analyst.provider == provider and self.analyst.repeatable

    def _why_not(self, model_id: str | None) -> str:
        other = self.find(model_id or "")
        if other is not None:
            return f"{model_id} {_INSTEAD[other.kind]} Query `models` for kind EDIT."
        can = f"{_unknown(model_id)} Query `models` for those that can be used."
        return f"{can}{_more(model_id or '')}"


def _check_inputs(model: Model, inputs: int) -> None:
    most = model.most_inputs
    if inputs <= (MOST_INPUTS if most is None else most):
        return
    if most is None:
        says = f"Nobody says how many pictures {model.id} takes, so this server sends {MOST_INPUTS}"
        message = f"{says} at most, and {inputs} were given."
    else:
        pictures = "one picture" if most == 1 else f"at most {most} pictures"
        message = f"{model.id} takes {pictures}, and {inputs} were given."
    raise Refused(UserErrorCode.COUNT_OUT_OF_RANGE, message, ("imageIds",))


def _no_model(message: str) -> Refused:
    return Refused(UserErrorCode.MODEL_UNKNOWN, message, ("model",))


def _unavailable(model: Model) -> Refused:
    message = f"{model.id} cannot be used now. {model.unusable}"
    return Refused(UserErrorCode.MODEL_UNAVAILABLE, message, ("model",))


def _unknown(model_id: str | None) -> str:
    if model_id is None or not model_id.strip():
        return "The name of the model is blank."
    return f"No model is called {model_id}."


def _more(model_id: str) -> str:
    """Say how another model of a provider, whose ids have a slash, gets known."""
    if "/" not in model_id:
        return ""
    return " The operator can add further ones of a provider in a GRAPHAPI_MODELS_FILE."


def _unfit(model: Model | None, inputs: int) -> str | None:
    """Tell why a model cannot do what is asked, whether or not it can be used now."""
    kind = ModelKind.EDIT if inputs else ModelKind.TEXT_TO_IMAGE
    elsewhere = f"Query `models` for kind {kind}."
    if model is None:
        return None
    if model.kind not in _MAKERS or (inputs and model.kind is ModelKind.TEXT_TO_IMAGE):
        return f"{model.id} {_INSTEAD[model.kind]} {elsewhere}"
    if not inputs and model.least_inputs:
        return f"{model.id} works on a picture, and makes none from words alone. {elsewhere}"
    if not model.worded:
        return (
            f"{model.id} reads no prompt: it is for `generateVariations` alone. {elsewhere} They "
            "need a key of their provider, such as FAL_API_KEY."
        )
    return None
