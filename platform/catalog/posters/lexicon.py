"""Which composition a poster takes: a word of the title first, else what suits the genre."""

import re

from .palettes import game_family, rarest_genre
from .spec import PosterSpec, stable_number
from .titles import Wording

WORDS: tuple[tuple[str, str], ...] = (
    (r"rings?|circle|halo|target|hoop", "rings spiral"),
    (
        r"stars?|galaxy|trek|constellation|cosmos|heavens?|alien|aliens",
        "constellation planetrise ring_of_light",
    ),
    (
        r"space|planet|planets|moon|mars|apollo|earth|world|odyssey|jupiter|universe",
        "planetrise constellation",
    ),
    (r"matrix|memento|labyrinth|maze|puzzle|inception|mission|trap|riddle|game|prestige", "maze"),
    (
        r"vertigo|fall|falling|spiral|whirlpool|mind|dream|dreams|psycho|seven|madness",
        "spiral tunnel",
    ),
    (
        r"suspects|men|angry|reservoir|dogs|gang|brothers|eleven|twelve|samurai|witnesses|sisters|boys",
        "line_up",
    ),
    (
        r"manhattan|york|chicago|confidential|city|streets?|metropolis|gotham|batman|paris|"
        r"london|tokyo|berlin|angeles|hollywood|vegas|chinatown|town|hong|boston|philadelphia",
        "skyline windows",
    ),
    (
        r"mountains?|wolves|lion|cliffhanger|everest|valley|peak|brokeback|alps|hills?|wild",
        "mountains",
    ),
    (
        r"road|drive|driver|ride|rider|highway|route|car|cars|speed|easy|taxi|journey|future|fargo",
        "road",
    ),
    (
        r"sea|ocean|beach|water|waterfront|waves?|pirates?|river|fish|jaws|mermaid|lagoon|nemo",
        "seigaiha horizon",
    ),
    (r"titanic|ship|boat|voyage|captain|commander|poseidon|potemkin|bounty", "liner seigaiha"),
    (
        r"sun|sunrise|sunset|sunshine|dawn|morning|horizon|arabia|island|summer",
        "horizon burst sunbeams",
    ),
    (r"eyes?|watch|watching|sight|vision|sense|blind|window|looking|witness|seen|sees", "eye"),
    (r"silence|face|faces|off|mask|double|lies|persona|jekyll|twins?|secrets?|ripley", "two_faces"),
    (r"woods|forest|jungle|jurassic|witch|blair|wood|tarzan|robin|trees?|hollow", "forest leaves"),
    (
        r"king|kingdom|princess|prince|queen|castle|knight|knights|camelot|shrek|dragon|sword|throne",
        "castle flag",
    ),
    (
        r"house|home|mansion|cottage|cabin|haunting|amityville|neighbors?|housekeeper",
        "house stranger",
    ),
    (
        r"patriot|brave|braveheart|glory|gettysburg|private|platoon|army|soldiers?|battle|flag|ran|troy",
        "flag",
    ),
    (r"heart|hearts|love|valentine|kiss|wedding|bride|married|lovers|darling", "heart duet"),
    (r"two|pair|couple|strangers|harry|thelma|bonnie|versus|vs|me", "duet"),
    (
        r"days?|time|hours?|clock|midnight|minutes|late|years?|noon|yesterday|tomorrow|forever",
        "clock",
    ),
    (
        r"guns?|bullets?|kill|killer|killing|hard|weapon|shot|shoot|hunt|hunter|sniper|assassins?|target",
        "target diagonal",
    ),
    (
        r"west|western|desert|sand|dune|cowboy|cowboys|unforgiven|outlaw|dust|texas|rio|alamo|mexico",
        "dunes",
    ),
    (r"redemption|apartment|hotel|prison|alcatraz|escape|rooms?|tower|inferno", "windows stairs"),
    (r"door|doors|guest|visitor|stranger|others|exorcist|shining|poltergeist", "stranger"),
    (
        r"fiction|movie|cinema|picture|pictures|boulevard|film|scream|player|wood|show",
        "film_strip curtain",
    ),
    (
        r"opera|stage|cabaret|moulin|theater|theatre|shakespeare|phantom|chorus|producers|broadway|circus",
        "curtain",
    ),
    (
        r"godfather|scarface|brasco|casino|goodfellas|gump|portrait|mr|mrs|miss|lady|doctor|dr|monsieur",
        "portrait",
    ),
    (r"piano|pianist|keys|sonata", "piano"),
    (r"music|song|sound|singin’|almost famous|amadeus", "vinyl waveform piano"),
    (r"flower|flowers|garden|rose|magnolia|blossom|orchid|spring|lilies", "spiral_star leaves"),
    (r"toy|toys|balloon|play|big|kid|kids|babe|baby", "toybox"),
    (r"rainbow|beautiful|bridge|arch|gate", "arches"),
    (r"stairs|steps|ladder|climb|higher|heaven", "stairs"),
    (r"independence|wind|storm|twister|twelve|flight|perfect", "ripples"),
    (r"shadow|shadows|ghost|man|woman|girl|boy|alone|lost|last", "silhouette"),
    (r"noir|maltese|falcon|sleep|detective|spade|private eye|laura|notorious", "blinds"),
    (r"tunnel|darko|cube|being|room|inside|abyss|deep|contact|gate|stargate", "tunnel"),
    (r"chess|checkers|go|reversi|gambit|board", "board"),
    (r"solitaire|poker|card|cards|casino|blackjack|hearts|mahjongg?", "cards"),
    (r"tetris|quadrapassel|blocks?|bricks?|stack", "blocks"),
    (r"race|racer|racing|kart|rally|trigger|drift|moto", "race"),
)
PATTERNS = tuple((re.compile(rf"\b(?:{words})\b"), tuple(names.split())) for words, names in WORDS)
PLAY_ONLY = {"board", "cards", "blocks", "race"}
BOLD = (
    "big_word",
    "bauhaus",
    "op_art",
    "halftone",
    "arches",
    "sunbeams",
    "ripples",
    "rings",
    "cut_paper",
)

GENRES = {
    "Film-Noir": "blinds skyline portrait stairs silhouette line_up film_strip stranger",
    "Horror": "forest house stranger eye two_faces tunnel spiral cut_paper",
    "Western": "dunes mountains horizon road silhouette portrait sunbeams",
    "Sci-Fi": "planetrise constellation ring_of_light tunnel op_art halftone maze burst",
    "War": "flag diagonal horizon line_up target burst cut_paper",
    "Documentary": "bauhaus halftone film_strip cut_paper portrait windows",
    "Musical": "curtain piano spiral_star arches burst bauhaus film_strip",
    "Children": "toybox castle arches spiral_star bauhaus mountains burst leaves",
    "Fantasy": "castle forest rings leaves mountains constellation spiral_star",
    "Mystery": "maze spiral blinds stairs windows eye stranger tunnel",
    "Crime": "skyline portrait blinds line_up target windows diagonal film_strip",
    "Romance": "heart duet arches horizon leaves spiral_star portrait windows",
    "Adventure": "mountains horizon seigaiha road sunbeams dunes leaves rings",
    "Thriller": "diagonal spiral skyline maze stairs two_faces stranger target eye tunnel",
    "Action": "diagonal burst target skyline road sunbeams halftone",
    "Comedy": "toybox bauhaus duet cut_paper burst film_strip portrait spiral_star line_up",
    "Drama": "portrait windows horizon duet stairs silhouette arches leaves road house cut_paper "
    "ripples",
}
GAMES = {
    "arcade": "pixels pellets pixels target pellets constellation pixels planetrise blocks burst",
    "strategy": "hexes castle hexes board flag",
    "puzzle": "blocks board dice maze cards bauhaus board blocks dice toybox",
    "sport": "race target race halftone rings",
    "world": "hexes castle mountains pixels dice planetrise skyline race",
}
MUSIC = "vinyl waveform equaliser piano ripples rings halftone"
SERIES = "screens signal"
SHARE_OF_BOLD, SHARE_OF_BOLD_GAMES, SHARE_OF_SERIES = 4, 9, 3  # one in so many
BOLD_FOR_GAMES = ("big_word", "op_art", "halftone", "ripples", "sunbeams", "rings")


def choose_composition(spec: PosterSpec, wording: Wording) -> str:
    """The name of a composition; sequels take the next one of the same list."""
    names = suitable(spec, wording)
    return names[(stable_number("composition", wording.base) + max(wording.part, 1)) % len(names)]


def suitable(spec: PosterSpec, wording: Wording) -> tuple[str, ...]:
    """Compositions that fit, best rule only."""
    if spec.kind == "music":
        return tuple(MUSIC.split())
    if spec.kind == "series" and stable_number("series", wording.base) % SHARE_OF_SERIES == 0:
        return tuple(SERIES.split())
    spoken = spoken_of(spec, wording)
    own = own_list(spec)
    if spoken:
        if len(spoken) == 1 and wording.part > 1:
            return tuple(name for name in own if name not in spoken)
        return spoken
    game = spec.kind == "game"
    if stable_number("bold", wording.base) % (SHARE_OF_BOLD_GAMES if game else SHARE_OF_BOLD) == 0:
        return BOLD_FOR_GAMES if game else BOLD
    return own


def own_list(spec: PosterSpec) -> tuple[str, ...]:
    if spec.kind == "game":
        return tuple(GAMES[game_family(spec.genres)].split())
    return tuple(GENRES[rarest_genre(spec.genres)].split())


def spoken_of(spec: PosterSpec, wording: Wording) -> tuple[str, ...]:
    """What the first telling word of the title asks for; nothing when no word tells."""
    text = f"{wording.title} {wording.subtitle}".casefold()
    hits = [
        (found.start(), names) for pattern, names in PATTERNS if (found := pattern.search(text))
    ]
    for _, names in sorted(hits, key=lambda hit: hit[0]):
        if spec.kind == "game" or not PLAY_ONLY & set(names):
            return names
    return ()
