"""The documents that the journeys send."""

_IMAGE = """
    id aiStatus version imageUrl previewUrl smallUrl mediumUrl largeUrl storageId width height
    title description tags colors category moodboardName sourceType status prompt provider model
    shotType aspectRatio modificationMode variationCount variationDetail parentImageId placeholder
    error { code message retryable whoActs }
"""
_COUNTS = "id total queued processing completed failed cancelled"
_ERRORS = "success userErrors { code message field }"

UPLOAD_URL = f"mutation {{ generateUploadUrl {{ {_ERRORS} uploadUrl expiresAt }} }}"
CREATE = f"""
mutation ($input: CreateImageInput!) {{
  createImage(input: $input) {{ {_ERRORS} image {{ {_IMAGE} }} }}
}}"""
GENERATE = f"""
mutation (
  $imageId: ID!, $variationCount: Int!, $modificationMode: ModificationMode!,
  $variationDetail: String, $aspectRatio: AspectRatio, $shotTypes: [ShotType!], $model: String
) {{
  generateVariations(
    imageId: $imageId, variationCount: $variationCount, modificationMode: $modificationMode,
    variationDetail: $variationDetail, aspectRatio: $aspectRatio, shotTypes: $shotTypes,
    model: $model
  ) {{
    {_ERRORS} image {{ {_IMAGE} }} variations {{ {_IMAGE} }} generation {{ {_COUNTS} }}
  }}
}}"""
IMAGINE = f"""
mutation ($model: String!, $prompt: String!, $numImages: Int, $aspectRatio: String) {{
  generateImage(
    model: $model, prompt: $prompt, numImages: $numImages, aspectRatio: $aspectRatio
  ) {{ {_ERRORS} images {{ {_IMAGE} }} generation {{ {_COUNTS} }} }}
}}"""
COMPOSE = f"""
mutation ($imageIds: [ID!]!, $model: String!, $prompt: String!, $roles: [String]) {{
  editImage(imageIds: $imageIds, model: $model, prompt: $prompt, roles: $roles) {{
    {_ERRORS} images {{ {_IMAGE} }} generation {{ {_COUNTS} }}
  }}
}}"""
ANALYSE = f"""
mutation (
  $imageId: ID!, $storageId: ID, $imageUrl: String, $variationCount: Int,
  $modificationMode: ModificationMode
) {{
  rerunSmartAnalysis(
    imageId: $imageId, storageId: $storageId, imageUrl: $imageUrl,
    variationCount: $variationCount, modificationMode: $modificationMode
  ) {{ {_ERRORS} image {{ {_IMAGE} }} }}
}}"""
UPDATE = f"""
mutation ($id: ID!, $input: UpdateImageInput!) {{
  updateImage(id: $id, input: $input) {{ {_ERRORS} image {{ {_IMAGE} }} }}
}}"""
DELETE = f"mutation ($ids: [ID!]!) {{ deleteImages(ids: $ids) {{ {_ERRORS} deletedIds }} }}"
PREVIEW = """
query ($modificationMode: ModificationMode!, $variationCount: Int!, $variationDetail: String) {
  getVariationPrompts(
    modificationMode: $modificationMode, variationCount: $variationCount,
    variationDetail: $variationDetail
  )
}"""
PREVIEW_FOR_IMAGE = """
query (
  $imageId: ID!, $modificationMode: ModificationMode!, $variationCount: Int!,
  $variationDetail: String
) {
  getVariationPromptsForImage(
    imageId: $imageId, modificationMode: $modificationMode, variationCount: $variationCount,
    variationDetail: $variationDetail
  )
}"""
IMAGE = f"query ($id: ID!) {{ image(id: $id) {{ {_IMAGE} variations {{ {_IMAGE} }} }} }}"
IMAGES = f"query {{ images(first: 50) {{ totalCount nodes {{ {_IMAGE} }} }} }}"
GENERATION = f"""
query ($id: ID!) {{
  generation(id: $id) {{ {_COUNTS} variations {{ {_IMAGE} }} }}
}}"""
NODE = "query ($id: ID!) { node(id: $id) { id } }"
PROCESSING = f"query {{ getProcessingImages {{ {_IMAGE} }} }}"
VIEWER = "query { viewer { id name } }"
WATCH = f"""
subscription ($imageIds: [ID!], $parentImageId: ID, $generationId: ID) {{
  aiStatusChanged(
    imageIds: $imageIds, parentImageId: $parentImageId, generationId: $generationId
  ) {{
    image {{ id aiStatus version imageUrl }}
    aiStatus version stage stageMessage progress queuePosition snapshot deleted
    error {{ code message retryable whoActs }}
    generation {{ {_COUNTS} }}
  }}
}}"""
WATCH_PROCESSING = "subscription { processingImages { id aiStatus } }"
