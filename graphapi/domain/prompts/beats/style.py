"""Twenty-four worlds for the same face: each names a place, an outfit, a light and a lens."""

STYLE_BEATS = (
    (
        "The new scene is a city street at night, wet with rain: the person wears a dark belted "
        "raincoat, with shop signs glowing red and teal from camera right and their colours lying"
        " on the asphalt."
    ),
    (
        "The new scene is a sand desert at the end of the day: the person wears loose linen "
        "layers in ochre and cream, with a low sun from camera left and long blue shadows on the "
        "ridges."
    ),
    (
        "The new scene is a farmhouse kitchen in the morning: the person wears a faded knitted "
        "jumper with the sleeves pushed up, with soft window light from camera left and steam in "
        "the air."
    ),
    (
        "The new scene is the gilded foyer of an opera house: the person wears severe black "
        "evening clothes, with warm chandelier light from above and dark red velvet out of focus "
        "behind."
    ),
    (
        "The new scene is a bare mountain ridge above the clouds: the person wears a weathered "
        "climbing jacket and harness, with thin, cold sunlight from behind and breath in the air."
    ),
    (
        "The new scene is a roadside diner in the nineteen-seventies: the person wears a suede "
        "jacket over a wide-collared shirt, with late sun through the blinds laying stripes from "
        "camera right."
    ),
    (
        "The new scene is a Victorian glasshouse full of palms: the person wears a pale cotton "
        "suit, with green, diffused light from the whole roof and beads of water on the panes."
    ),
    (
        "The new scene is a fishing harbour before sunrise: the person wears yellow oilskins over"
        " a thick roll-neck, with one sodium lamp from camera left against the deep blue of the "
        "sky."
    ),
    (
        "The new scene is the reading room of an old library: the person wears a tweed jacket "
        "over a knitted waistcoat, with a green desk lamp below the face and tall shelves falling"
        " into the dark."
    ),
    (
        "The new scene is an amusement arcade: the person wears a satin bomber jacket, with "
        "magenta light from camera left, cyan from camera right and rows of screens blurred "
        "behind."
    ),
    (
        "The new scene is a snowbound railway platform: the person wears a heavy wool coat and "
        "scarf, with flat white daylight from above and one warm carriage window at the far edge."
    ),
    (
        "The new scene is a seaside boardwalk at midday: the person wears a bleached striped "
        "shirt with rolled trousers, with high, hard sun, bright fill from the sand and a pale "
        "sea behind."
    ),
    (
        "The new scene is a plaza of raw concrete: the person wears one sculptural coat in a "
        "single strong colour, with sharp sun from camera right cutting the ground into light and"
        " shade."
    ),
    (
        "The new scene is a theatre dressing room: the person wears an open robe over half a "
        "stage costume, with warm bulbs around a mirror lighting the face evenly from the front."
    ),
    (
        "The new scene is a wheat field at harvest: the person wears worn denim and a straw hat "
        "pushed back off the face, with golden backlight in the ears of grain and chaff in the "
        "air."
    ),
    (
        "The new scene is an underground train at night: the person wears a hooded sweatshirt "
        "under a work jacket, with greenish tube light from above and the tunnel streaking past "
        "the windows."
    ),
    (
        "The new scene is a painter's loft: the person wears a paint-stained smock, with steady "
        "north light from a tall window at camera left and big unfinished canvases leaning "
        "behind."
    ),
    (
        "The new scene is an art deco hotel lobby: the person wears a bias-cut satin or a "
        "double-breasted evening suit, with brass lamps from both sides and a black and white "
        "marble floor."
    ),
    (
        "The new scene is a moor in the fog: the person wears a long waxed cape, with soft grey "
        "light from everywhere and one crooked tree fading out behind."
    ),
    (
        "The new scene is a rooftop above a big city at dusk: the person wears a slim leather "
        "jacket, with the last blue of the sky as fill and a warm practical lamp from camera "
        "right."
    ),
    (
        "The new scene is a blacksmith's workshop: the person wears a scorched leather apron over"
        " bare forearms, with orange firelight from below at camera left and sparks against the "
        "black."
    ),
    (
        "The new scene is a formal garden of clipped hedges: the person wears a brocade court "
        "coat of the eighteenth century, with milky morning light from camera right and gravel "
        "underfoot."
    ),
    (
        "The new scene is a laundromat long past midnight: the person wears a mismatched "
        "tracksuit, with cold fluorescent light from above and the round doors repeating into the"
        " distance."
    ),
    (
        "The new scene is a salt flat under an enormous sky: the person wears a plain white robe "
        "that the wind lifts, with sun from high at camera left and the horizon dead level "
        "behind."
    ),
)
