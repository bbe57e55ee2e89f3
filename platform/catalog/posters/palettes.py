"""Sets of five flat colours by genre, by era and by kind, and which of them a poster takes."""

from dataclasses import dataclass

from .spec import PosterSpec, stable_number
from .titles import Wording

ERA_WEIGHT_BEFORE_1967 = 4


@dataclass(frozen=True)
class Palette:
    """Ground, text on it, the strong colour of the object, its partner, and a quiet third."""

    bg: str
    ink: str
    main: str
    second: str
    third: str


def sets(text: str) -> tuple[Palette, ...]:
    """One palette a line, five colours without the hash sign."""
    rows = (line.split() for line in text.strip().splitlines())
    return tuple(Palette(*(f"#{colour}" for colour in row)) for row in rows)


GENRES = {
    "Film-Noir": sets("""
        1b1b1d efe8da b5231c 8c867a 3a3a3c
        d9d4c7 17171a b5231c 8a857a 3b3a3c
        20242b f0e6d2 d9a441 5d6673 343b47
        2b2430 f2e9dc c8553d 7c6f86 463c50
    """),
    "Horror": sets("""
        141114 f3e9dc c21f2b 6d1720 35242a
        0f2a2c f1ead6 d8b23a 6a9590 1b4448
        2a1633 f5e8e1 e8503a 8a4fa0 45265a
        e9e2d0 1a1416 b01e23 7b7468 2f2a2c
        33332e f2ecdc b8211c a7a08f 55544b
        0d2018 eef0d8 9cc13c 3d6b45 1b3a2a
    """),
    "Western": sets("""
        e8612f 1c1113 fdf0d8 f6b945 a8371d
        f2d9a6 40210f c4472a d9892f 8a5a34
        5b2a1d f7e3bd e58a2f c9562c 7c3d27
        143a63 fbeed4 ff5a36 8b7a4a 23507f
        d98f3a 2b1712 7a2c1c f6dca0 a9601f
    """),
    "Sci-Fi": sets("""
        17202d f2ede2 ee5b3a f2c14a 2d4766
        0c1840 f3f0e6 ef5b3b f5b93e 2b6cb8
        f2ecdf 1d1a4b ff4f8b 32c8b9 f4c542
        0a0f2e f4f1ff ff3d81 2ad4f2 3b1f8f
        f4e0b4 3b1d0f d9541e e89c2c 5f8a5e
        297077 fdf3dc f5a83d f4cf57 205d66
        efe8da 17161a e0371f b9b2a3 3a393d
        20113f f6ecff ff7a3c f7b733 5b1e7a
        103b3f f0f4e4 e9c83f 4fa39a 1d5a5e
    """),
    "War": sets("""
        4a4a35 f4ecd4 d9a13b a3a07a 2f3024
        e6dcc3 2a2a20 a83a22 8b8a63 545539
        2c3336 efe9da c8472f 7f8b88 485457
        6b2a20 f8e8cb e3b15a c0573b 3f1812
        cfc7ae 1f241f 39513b 8c3b26 7e7a61
    """),
    "Crime": sets("""
        10282b f0ead8 d8b13a 6b9791 1d474b
        161618 f3ede0 d3261d 8b8378 37363a
        b51f1a fbeede 161416 e58c6b 7d130f
        432f27 f6ead2 dd9c48 b5492d 6a4a3c
        24282f f3ecdf e0502c 59616d 3a414c
        e9e2d2 1b1f2f c23a22 8a8f9c 3b4560
        f0c23c 1a1712 c92f1d 8a6a14 3d3423
    """),
    "Thriller": sets("""
        dcd6c8 16171b b7201a 8e887b 2d2d31
        2a2c42 fbf3e4 f07f4f 515a86 3b3e5c
        f1e6d0 1d2238 e5532b 6f7c8f 27344f
        121a24 eef0ea e8b53c 3e6a86 20344a
        e8622f 171214 fff1d9 f7b33f 9f3413
        efe8dc 191a1e d6321f b5ad9f 45464c
        173233 f4eeda ef6b3a 6fa59a 24504f
    """),
    "Mystery": sets("""
        1f6f70 fdf2dc f0693f f7c65a 155254
        251d3d f4ebdf dba63c 7e5fa0 3c2f60
        e8dfce 221a2d 7b2d5b b08f3c 574a63
        13302b f3ecd6 e0b33f 7aa38a 1f4c44
        2b1a22 f8e9dc e2603f a04a5e 4b2c3a
    """),
    "Fantasy": sets("""
        1e3b2b f7eed3 e0a63c 8fb66c 2f6045
        3b1d56 fbeedd f3a63b b565b8 5a3280
        f3d2cf 3a1a58 f4545f 9a6fc0 e9b7a2
        12314f f6eed8 f0b844 4f93b5 1f4c74
        e7dcc0 24382f 3f7a5b c98a2d 8aa58a
        70212f fbe9d3 e9b44c c65b56 4a131f
    """),
    "Children": sets("""
        ffa13c 4a1d63 2fbf9f fff1cf 7e3fa0
        95d6a8 123b33 ff7a62 fff3d2 3fa37a
        ffd447 2b2a5c ef4f4a 3fa7d6 fff4d0
        3aa6c9 08263f ffd34f ff6f59 fff3dc
        f9c8c9 5a1846 f2545b ffe9b8 7f5fb2
        2b4fa3 fff4dc ffc93c ff6b57 6fb1e8
    """),
    "Romance": sets("""
        f8d8ce 6b1630 e2526c f3a79c fff1e6
        9e2f4e fff0e6 f6a5a2 f6d2b8 6a1732
        cfe1ea 1a2a52 e8705c 9cbccd f7efe2
        fbe7c9 5e1f24 dc5a45 efae7a 9b4a4d
        4a1a3c fcebe1 f08a8c c24d72 6c2a55
        e5d9ec 3b1d4f b4508f f0a48e 8a6cab
        f4a58a 471226 b8243f ffe3c9 dd6f5c
    """),
    "Musical": sets("""
        6b1f63 fff0dd ffb238 f0568a 411042
        ffcf4b 3a144d e23b6d 2b9c9a fff2cf
        161b44 fdf0df f25f8b f7c14a 2e3b86
        f2e6d8 4b1230 d93a56 e9a53a 2d7b83
    """),
    "Comedy": sets("""
        ffc53d 2b1b3d e8452c 2f8f9d fff1cd
        f7efe0 1f2a55 ef5a3c f6b93b 3f7fb0
        ee6a33 1d1416 fff2da 1f6f78 fbc46a
        287371 fff3da ffca4f f0693c 1f625f
        f4b7b2 4b1437 e0453f fff0da a04a7c
        bfe0d2 17324a ef6b4a f4c34b 4f94a0
        2d3a86 fff1d8 ff7f50 ffd15c 4f62b8
    """),
    "Documentary": sets("""
        f3efe6 1c1e22 d8412b b8b1a2 5b626c
        e1e6e3 17292f 24707a e0763b 9db3b3
        1e2629 f2efe4 f0a93b 7d938f 36464a
        f6e7e4 1b2257 f4527a c9bfc9 5f6aa8
    """),
    "Adventure": sets("""
        174a45 f8edd3 f2a33a d65b34 2b6b5e
        f0dcae 2d2416 c9502b 4f7c6a e2a545
        123f66 fdf0d9 ff6440 f2b84b 23608f
        ae4524 fff0d6 2a1a1c f5b545 8f2f19
        2f5d3a f9efd6 f1b33e 8fb35f 1c3d27
    """),
    "Action": sets("""
        0b0d2b f7f3ff ff3b7d 29d3f0 35218a
        14171c f4efe4 f0472b f4b03c 3b424d
        c3271d fff0de 19161a f4a64a 7f1410
        e9e4d8 14161c e2381f a7a49b 3f4652
        172a4a fbf1df ff5f3d f3bf4e 2a4a7b
        f2b02f 1d1512 cf2f1c 6e3d12 fbe3a6
    """),
    "Drama": sets("""
        f1dcb8 33254a c23c2b 6d8fa3 fff2d6
        24343b f4ecdc e3a04b 7d98a0 3a525c
        efe6d6 21314a d9573a a3b3b8 5c7488
        7b2233 fdecd8 f0b08a d9695f 521320
        f7e3cf 5b1c1c d7553b f0a97f 8d4a4a
        1f2d4f f6ecd9 e56b4e f0b95a 3a5184
        dfe3d4 22382f 3f7d68 e0813e a0b39b
        3d2b26 f8ead3 e39a4c b75a3c 614539
        d8d0e0 2b2348 7a5aa0 e58a62 9f96c2
    """),
}  # fmt: skip

ERAS = {
    "1930": sets("""
        e8d9b8 33231a b5452c c79a56 7c5f45
        1f1b18 f3e6c9 d8a24a 9c7b52 3d342c
        6d4a32 fbeed2 e5b05f c46a3d 4a2f1f
        fce3b5 5f1d1d b23a2c e89a45 8f4b33
        24323a f2e6cc d9b46a 8a9a96 3b4e58
    """),
    "1950": sets("""
        1f7071 fdf2dc ef6a45 f5cf8a 155456
        7d1c3c ffeedd f6c453 f49a9c 4f0f26
        e9632f 1d1214 fdeed2 f6b545 8d2f14
        f2e5cc 17343b e35a3c e2a93b 4f9a94
        183a5c fbf0da ea3f4b 9fd0e2 2a5d86
        f6c9a4 3f1830 d8433f 2d8c88 fff0d8
        a3333a fff0dc f7c9a2 f2a03f 6d1a24
    """),
    "1970": sets("""
        5a2d16 fbe8c6 f08a2c c9501f 8a4a20
        f0a534 35190c b53a17 fde2ad 7d3a12
        e9d3a4 4a2310 d0591f e49a2d 8a6a34
        7a2a12 fdecc9 f5a93b d9672a 4d180a
        4d4a22 f7ebc8 e8a12f c25f26 75703a
    """),
    "1980": sets("""
        0a0d2a f5f0ff ff3a80 27d3f1 3a1c8c
        1f0c3a fdeeff ff6c36 f9b52f 5a1f8a
        10182f f4f2ea ff4d6a 35c6c0 2b3b78
        2b0f45 fff0f6 ff5fa2 ffb03a 5c2391
    """),
}  # fmt: skip

KINDS = {
    "arcade": sets("""
        0d0b2e f5f2ff ff2e88 21e6c1 5b2bd6
        101014 f4f6e8 f9d423 ff4e50 2a6df4
        1b1464 fff4e0 ffc312 ed4c67 12cbc4
        14213d f7f4ea fca311 e63946 2f4f8f
        0b2b26 effbe6 b6f23c ff6b4a 1c6b58
    """),
    "strategy": sets("""
        3b4a2f f6efd8 e0a63a a8b36a 25301d
        e8dcc0 2c2418 a43a24 6f7f55 c79a4a
        1d3346 f4ecd8 d99a3c 6f93a6 2d4f69
        5a1f22 f9e9cf e2b04f b4564a 3a1013
    """),
    "puzzle": sets("""
        f6efe2 1e2352 ff6b5e 2fa6a0 f7c548
        2c2a6b fff3df ffb84d ff6f91 6a5acd
        ffd166 20304f ef476f 118ab2 fff4d6
        0f4c5c fff1db fb8b24 e36414 5fa8a0
        d9ecdf 1d3a38 e4572e f0b33c 4a8f82
    """),
    "sport": sets("""
        1e774b fff6df ffd23f f25f3a 145a38
        1446a0 fff5e1 ffb400 f6511d 0d2f70
        f1672f 1a1214 fff2dc ffd05b a8340f
        f4efe2 14223d e63946 2a9d8f f2b134
    """),
    "world": sets("""
        23395b f8efdc f4a259 8cb369 3b5b8c
        f3d9a4 3a2618 bc4b32 5b8e7d e09f3e
        2d4a3e f5efd8 f2b544 8fb996 1b3229
        3c1f4f fbeedd f2a541 d1495b 5d3578
    """),
    "music": sets("""
        f4e9d8 1c1a1e e4442c 2f7f86 f0b33c
        1a1530 fbeff5 ff5d8f ffb84c 5b3fa8
        e9b44c 2a1712 9b2915 50a2a7 fbe3b0
        10302f f6f0dc f28f3b 4fb0a5 1d504d
        b93729 fff0dd 1c171a f9b24a 8c2013
    """),
}  # fmt: skip

GAMES = ("arcade", "strategy", "puzzle", "sport", "world")
RAREST_FIRST = (
    "Film-Noir", "Western", "Horror", "War", "Documentary", "Musical", "Children", "Sci-Fi",
    "Fantasy", "Mystery", "Crime", "Romance", "Adventure", "Thriller", "Action", "Comedy", "Drama",
)  # fmt: skip
GENRE_FAMILIES = {
    "Animation": "Children", "Family": "Children", "Science Fiction": "Sci-Fi", "Noir": "Film-Noir",
    "Biography": "Drama", "History": "War", "Music": "Musical", "Biographical": "Drama",
}  # fmt: skip
GAME_FAMILIES = {
    "ArcadeGame": "arcade", "Shooter": "arcade", "ActionGame": "arcade", "Emulator": "arcade",
    "StrategyGame": "strategy", "BoardGame": "puzzle", "CardGame": "puzzle", "BlocksGame": "puzzle",
    "LogicGame": "puzzle", "KidsGame": "puzzle", "SportsGame": "sport", "Simulation": "world",
    "RolePlaying": "world", "AdventureGame": "world", "Art": "puzzle", "Education": "puzzle",
}  # fmt: skip


def rarest_genre(genres: tuple[str, ...]) -> str:
    """The most telling genre of a film or series; Drama when none is known."""
    known = {GENRE_FAMILIES.get(genre, genre) for genre in genres}
    return next((genre for genre in RAREST_FIRST if genre in known), "Drama")


def game_family(genres: tuple[str, ...]) -> str:
    """Which of the game palettes and compositions the genres point to."""
    return next((GAME_FAMILIES[genre] for genre in genres if genre in GAME_FAMILIES), "arcade")


def era_of(year: int | None) -> str:
    """A decade with a look of its own, or nothing."""
    if year is None or year >= 1990:
        return ""
    return "1930" if year < 1950 else "1950" if year < 1967 else "1970" if year < 1980 else "1980"


def candidates(spec: PosterSpec) -> tuple[Palette, ...]:
    """The palettes a poster may take; one that stands there twice is twice as likely."""
    if spec.kind == "game":
        own = KINDS[game_family(spec.genres)]
        return own * 3 + tuple(p for family in GAMES for p in KINDS[family] if p not in own)
    if spec.kind == "music":
        return KINDS["music"]
    genre = rarest_genre(spec.genres)
    own = GENRES[genre]
    era = ERAS.get(era_of(spec.year), ())
    if spec.year is not None and spec.year < 1967:
        return own + era * ERA_WEIGHT_BEFORE_1967 if genre != "Film-Noir" else own * 2 + era
    return own * 2 + era


def choose_palette(spec: PosterSpec, wording: Wording) -> Palette:
    """Sequels step through the list, so that two of a row differ."""
    rows = candidates(spec)
    return rows[(stable_number("palette", wording.base) + max(wording.part, 1)) % len(rows)]
