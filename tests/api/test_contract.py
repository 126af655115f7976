"""What programs rely on: every name, argument, default and type that was promised."""

from functools import cache

import pytest
from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    build_client_schema,
    introspection_from_schema,
    parse,
    print_ast,
    print_schema,
)

from graphapi.api.schema import build_schema
from graphapi.api.sdl import sdl

PROMISED = """
interface Node { id: ID! }
enum ShotType { WS CU OTS LOW EWS MCU PROF HIGH MS ECU BACK POV COWBOY TOP DUTCH HANDS }
enum Stage {
  WAITING PREPARING SUBMITTING SUBMIT_UNKNOWN PROVIDER_QUEUED PROVIDER_RUNNING SAVING ANALYSING
  DONE FAILED CANCELLED
}
enum UserErrorCode {
  NOT_FOUND INVALID_INPUT COUNT_OUT_OF_RANGE DETAIL_TOO_LONG MODEL_UNKNOWN MODEL_UNAVAILABLE
  RATIO_UNSUPPORTED
  SOURCE_MISSING SOURCE_UNREACHABLE SOURCE_NOT_AN_IMAGE SOURCE_TOO_LARGE BUDGET_EXCEEDED
  IDEMPOTENCY_CONFLICT
}
enum ModificationMode {
  SHOT_VARIATION B_ROLL ACTION_SHOT STYLE_VARIATION SUBTLE_VARIATION COVERAGE
}
enum AspectRatio { RATIO_16_9 RATIO_9_16 RATIO_1_1 RATIO_4_3 RATIO_3_4 }
enum AiStatus { QUEUED PROCESSING COMPLETED FAILED }
enum ReviewStatus { DRAFT PENDING ACTIVE }
enum SourceType { UPLOAD URL AI }
type UserError { code: UserErrorCode! message: String! field: [String!] }
type JobError { code: JobErrorCode! message: String! retryable: Boolean! whoActs: String! }
type Query {
  getVariationPrompts(
    modificationMode: ModificationMode!, variationCount: Int!, variationDetail: String,
    group: String, shotTypes: [ShotType!]
  ): [String!]!
  getVariationPromptsForImage(
    imageId: ID!, modificationMode: ModificationMode!, variationCount: Int!,
    variationDetail: String, shotTypes: [ShotType!]
  ): [String!]!
  getProcessingImages: [Image!]!
  image(id: ID!): Image
  generation(id: ID!): Generation
  node(id: ID!): Node
  images(
    first: Int, after: String, last: Int, before: String, filter: ImageFilter, search: String
  ): ImageConnection!
  variationPlan(
    imageId: ID!, modificationMode: ModificationMode!, variationCount: Int!,
    variationDetail: String, shotTypes: [ShotType!], aspectRatio: AspectRatio = RATIO_16_9,
    model: String, options: GenerationOptionsInput
  ): VariationPlan!
  spend(from: DateTime, to: DateTime): Spend!
  recording(id: ID!): Recording
  recordings(
    first: Int, after: String, last: Int, before: String, filter: RecordingFilter, search: String
  ): RecordingConnection!
  models(kind: ModelKind): [Model!]! model(id: ID!): Model
  groups: [String!]!
  categories: [String!]!
  viewer: User
}
type Mutation {
  generateVariations(
    imageId: ID!, variationCount: Int!, modificationMode: ModificationMode!,
    variationDetail: String, aspectRatio: AspectRatio = RATIO_16_9, shotTypes: [ShotType!],
    model: String, options: GenerationOptionsInput, dryRun: Boolean = false, expiresAfter: Int,
    idempotencyKey: String
  ): GenerateVariationsPayload
  generateImage(
    model: String!, prompt: String!, numImages: Int = 1, aspectRatio: String,
    options: GenerationOptionsInput, dryRun: Boolean = false, expiresAfter: Int,
    idempotencyKey: String
  ): GenerateImagePayload
  editImage(
    imageIds: [ID!]!, model: String!, prompt: String!, roles: [String], numImages: Int = 1,
    aspectRatio: String, options: GenerationOptionsInput, dryRun: Boolean = false,
    expiresAfter: Int, idempotencyKey: String
  ): EditImagePayload
  rerunSmartAnalysis(
    imageId: ID!, storageId: ID, imageUrl: String, title: String, tags: [String!],
    category: String, description: String, source: String, sref: String, group: String,
    projectName: String, moodboardName: String, variationCount: Int = 0,
    modificationMode: ModificationMode, overwriteEdits: Boolean = false, idempotencyKey: String
  ): RerunSmartAnalysisPayload
  generateUploadUrl: GenerateUploadUrlPayload
  cancelVariation(imageId: ID!): CancelVariationPayload
  cancelGeneration(id: ID!): CancelGenerationPayload
  retryFailed(
    generationId: ID!, evenIfMaybeCharged: Boolean = false, dryRun: Boolean = false,
    expiresAfter: Int, idempotencyKey: String
  ): RetryFailedPayload
  recoverVariation(imageId: ID!): RecoverVariationPayload
  transcribe(
    model: String!, storageId: ID, audioUrl: String, options: TranscriptionOptionsInput,
    dryRun: Boolean = false, expiresAfter: Int, idempotencyKey: String
  ): TranscribePayload
  generateSpeech(
    model: String!, text: String!, options: SpeechOptionsInput, dryRun: Boolean = false,
    expiresAfter: Int, idempotencyKey: String
  ): GenerateSpeechPayload
  cancelRecording(id: ID!): CancelRecordingPayload
  retryRecording(
    id: ID!, evenIfMaybeCharged: Boolean = false, dryRun: Boolean = false, expiresAfter: Int,
    idempotencyKey: String
  ): RetryRecordingPayload
  recoverRecording(id: ID!): RecoverRecordingPayload
  deleteRecordings(ids: [ID!]!): DeleteRecordingsPayload
  createImage(input: CreateImageInput!, idempotencyKey: String): CreateImagePayload
  updateImage(id: ID!, input: UpdateImageInput!): UpdateImagePayload
  deleteImages(ids: [ID!]!): DeleteImagesPayload
}
type GenerateVariationsPayload {
  success: Boolean! userErrors: [UserError!]! image: Image variations: [Image!]!
  generation: Generation plan: VariationPlan price: Price
}
type GenerateImagePayload {
  success: Boolean! userErrors: [UserError!]! images: [Image!]! generation: Generation
  plan: ImagePlan price: Price
}
type EditImagePayload {
  success: Boolean! userErrors: [UserError!]! images: [Image!]! generation: Generation
  plan: ImagePlan price: Price
}
type ImagePlan { items: [PlannedImage!]! price: Price! }
type PlannedImage {
  prompt: String! provider: String! model: String! aspectRatio: String price: Price!
  normalised: [Normalisation!]!
}
type CancelVariationPayload {
  success: Boolean! userErrors: [UserError!]! stopped: [Image!]! stopping: [Image!]!
  uncertain: [Image!]! ended: [Image!]! generation: Generation
}
type CancelGenerationPayload {
  success: Boolean! userErrors: [UserError!]! stopped: [Image!]! stopping: [Image!]!
  uncertain: [Image!]! ended: [Image!]! generation: Generation
}
type RetryFailedPayload {
  success: Boolean! userErrors: [UserError!]! generation: Generation variations: [Image!]!
  leftOut: [Image!]! price: Price
}
type RecoverVariationPayload {
  success: Boolean! userErrors: [UserError!]! image: Image outcome: RecoveryOutcome
  message: String
}
type RerunSmartAnalysisPayload { success: Boolean! userErrors: [UserError!]! image: Image }
type GenerateUploadUrlPayload {
  success: Boolean! userErrors: [UserError!]! uploadUrl: String expiresAt: DateTime
}
type CreateImagePayload { success: Boolean! userErrors: [UserError!]! image: Image }
type UpdateImagePayload { success: Boolean! userErrors: [UserError!]! image: Image }
type DeleteImagesPayload { success: Boolean! userErrors: [UserError!]! deletedIds: [ID!]! }
type Generation implements Node {
  id: ID! total: Int! queued: Int! processing: Int! completed: Int! failed: Int!
  cancelled: Int! image: Image! inputs: [GenerationInput!]! variations: [Image!]!
  createdAt: DateTime!
}
type GenerationInput { image: Image role: String }
type AiStatusEvent {
  image: Image! aiStatus: AiStatus version: Int! stage: Stage! stageMessage: String!
  progress: Float queuePosition: Int eta: EtaRange error: JobError generation: Generation
  snapshot: Boolean! cursor: String!
}
type Subscription {
  aiStatusChanged(imageIds: [ID!], parentImageId: ID, generationId: ID): AiStatusEvent!
  processingImages: [Image!]!
  recordingStatusChanged(ids: [ID!]!): Recording!
}
type TranscribePayload {
  success: Boolean! userErrors: [UserError!]! recording: Recording price: Price
  normalised: [Normalisation!]!
}
type GenerateSpeechPayload {
  success: Boolean! userErrors: [UserError!]! recording: Recording price: Price
  normalised: [Normalisation!]!
}
type CancelRecordingPayload {
  success: Boolean! userErrors: [UserError!]! recording: Recording outcome: Stop
}
enum Stop { STOPPED STOPPING UNCERTAIN ENDED }
type RetryRecordingPayload {
  success: Boolean! userErrors: [UserError!]! recording: Recording outcome: RetryOutcome
  price: Price
}
enum RetryOutcome { RETRIED MAYBE_CHARGED NOT_NEEDED }
type RecoverRecordingPayload {
  success: Boolean! userErrors: [UserError!]! recording: Recording outcome: RecoveryOutcome
  message: String
}
enum RecoveryOutcome { RECOVERED STILL_RUNNING NOTHING_FOUND CANNOT_KNOW NOT_NEEDED }
type DeleteRecordingsPayload {
  success: Boolean! userErrors: [UserError!]! deletedIds: [ID!]!
}
type RecordingConnection {
  edges: [RecordingEdge!]! nodes: [Recording!]! pageInfo: PageInfo! totalCount: Int!
}
type RecordingEdge { node: Recording! cursor: String! }
type Segment { text: String! start: Float end: Float speaker: String }
type Recording implements Node {
  id: ID! aiStatus: AiStatus stage: Stage! stageMessage: String! progress: Float
  queuePosition: Int error: JobError text: String segments: [Segment!]! language: String
  audioUrl: String contentType: String duration: Float provider: String model: String
  providerMetadata: JSON normalised: [Normalisation!]! deleted: Boolean! version: Int!
  createdAt: DateTime! price: Price attempts: [Attempt!]!
}
input ImageFilter {
  group: String projectName: String moodboardName: String category: String tag: String
  color: String aiStatus: AiStatus parentImageId: ID status: ReviewStatus
}
type ImageConnection {
  edges: [ImageEdge!]! nodes: [Image!]! pageInfo: PageInfo! totalCount: Int!
}
type ImageEdge { node: Image! cursor: String! }
type PageInfo {
  hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String
}
type Image implements Node {
  id: ID! title: String description: String imageUrl: String previewUrl: String smallUrl: String
  mediumUrl: String largeUrl: String storageId: ID width: Int height: Int tags: [String!]!
  colors: [String!]! category: String group: String genre: String style: String shot: String
  projectName: String moodboardName: String source: String sref: String sourceType: SourceType!
  sourceUrl: String status: ReviewStatus! aiStatus: AiStatus parentImageId: ID
  parentImage: Image variations: [Image!]! prompt: String provider: String model: String
  modificationMode: ModificationMode variationCount: Int variationDetail: String
  createdAt: DateTime! updatedAt: DateTime! placeholder: String
  providerMetadata: ProviderMetadata price: Price normalised: [Normalisation!]!
}
type Normalisation {
  parameter: String! asked: JSON sent: JSON sentAs: String handling: Handling! reason: String!
}
enum Handling { PASSED RENAMED CONVERTED CLAMPED EMULATED DEFAULTED }
input GenerationOptionsInput {
  seed: Long resolution: String imageSize: ImageSizeInput size: String outputFormat: String
  outputCompression: Int quality: String style: String negativePrompt: String
  numInferenceSteps: Int guidanceScale: Float strength: Float loras: [LoraWeightInput!]
  useTurbo: Boolean acceleration: String enableSafetyChecker: Boolean safetyTolerance: String
  limitGenerations: Boolean enableWebSearch: Boolean thinkingLevel: String syncMode: Boolean
  extra: JSON
}
type ProviderMetadata {
  nsfw: Boolean width: Int height: Int contentType: String seed: Long description: String
  timings: JSON
}
type Model {
  id: ID! endpoint: String! provider: String! kind: ModelKind! description: String!
  aspectRatios: [AspectRatio!]! ratios: [String!]! ratioSentAs: String resolutions: [String!]!
  mostInputImages: Int leastInputImages: Int! readsPrompt: Boolean! mostImages: Int!
  parameters: [ModelParameter!]! lifecycle: ModelLifecycle!
  recoverable: Boolean! usable: Boolean! unusableReason: String isDefault: Boolean!
  priceCard: PriceCard!
}
enum ModelKind { EDIT TEXT_TO_IMAGE ANALYSIS TRANSCRIPTION SPEECH }
type ModelParameter {
  name: String! sentAs: String! type: ParameterType! description: String! minimum: Float
  maximum: Float values: [String!]! sizes: [SizePreset!]! fields: [ModelParameter!]! default: JSON
  required: Boolean! alwaysSent: Boolean! disputed: String
}
enum ParameterType { STRING INTEGER NUMBER BOOLEAN ENUM SIZE LIST OBJECT }
enum Exactness { EXACT ESTIMATE UNKNOWN }
type Price {
  amount: Decimal currency: String! exactness: Exactness! source: String asOf: Date
}
type VariationPlan { items: [PlannedVariation!]! price: Price! }
type PlannedVariation {
  prompt: String! shotType: ShotType model: String! aspectRatio: AspectRatio! price: Price!
  normalised: [Normalisation!]!
}
type Spend {
  settled: SpendSum! reserved: SpendSum! uncertain: SpendSum! days: [DaySpend!]!
  projects: [ProjectSpend!]! models: [ModelSpend!]! from: DateTime! to: DateTime!
}
type SpendSum { amount: Decimal exactness: Exactness! count: Int! unknownCount: Int! }
type User { id: ID! name: String! }
input CreateImageInput {
  storageId: ID imageUrl: String title: String tags: [String!] category: String
  description: String group: String projectName: String moodboardName: String source: String
  sref: String analyze: Boolean = true
}
"""

Definition = (
    EnumTypeDefinitionNode
    | InputObjectTypeDefinitionNode
    | InterfaceTypeDefinitionNode
    | ObjectTypeDefinitionNode
)


@cache
def _offered() -> dict[str, Definition]:
    introspection = introspection_from_schema(build_schema()._schema, descriptions=False)
    return _definitions(parse(print_schema(build_client_schema(introspection))))


def _definitions(document: DocumentNode) -> dict[str, Definition]:
    return {each.name.value: each for each in document.definitions if isinstance(each, Definition)}


def _members(definition: Definition) -> list[str]:
    """Print each field or value with its arguments, types and defaults."""
    if isinstance(definition, EnumTypeDefinitionNode):
        return [print_ast(value) for value in definition.values or ()]
    return [print_ast(field) for field in definition.fields or ()]


PROMISES = _definitions(parse(PROMISED))


@pytest.mark.parametrize("name", PROMISES)
def test_what_was_promised_is_there_to_the_letter(name: str) -> None:
    promised, offered = PROMISES[name], _offered()[name]
    assert promised.kind == offered.kind
    assert set(_members(promised)) <= set(_members(offered))
    if isinstance(promised, ObjectTypeDefinitionNode):
        assert isinstance(offered, ObjectTypeDefinitionNode)
        assert [print_ast(each) for each in promised.interfaces or ()] == [
            print_ast(each) for each in offered.interfaces or ()
        ]


@pytest.mark.parametrize("name", ["Query", "Mutation", "Subscription"])
def test_nothing_else_is_at_the_roots(name: str) -> None:
    assert sorted(_members(_offered()[name])) == sorted(_members(PROMISES[name]))


def test_shot_types_keep_the_order_in_which_any_first_few_are_a_spread() -> None:
    assert _members(_offered()["ShotType"]) == _members(PROMISES["ShotType"])


def test_no_argument_has_null_for_its_default() -> None:
    assert "= null" not in sdl()
