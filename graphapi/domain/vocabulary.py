"""The names offered to a person who files a still; free text is allowed beside them."""

# What kind of production a still belongs to (the documented list).
GROUPS = (
    "Commercial",
    "Editorial",
    "Film",
    "Moodboard",
    "Music Video",
    "TV Series",
    "Video Game Cinematic",
    "Web Series",
)

# What kind of picture a still is.
CATEGORIES = (
    "Abstract",
    "Aerial",
    "Animal",
    "Animation",
    "Architecture",
    "Automotive",
    "Character Design",
    "Commercial",
    "Concept Art",
    "Costume",
    "Dance",
    "Documentary",
    "Fashion",
    "Film",
    "Food",
    "Interior",
    "Landscape",
    "Music",
    "Portrait",
    "Product",
    "Props",
    "Sport",
    "Still Life",
    "Street",
    "Texture",
    "Underwater",
)
