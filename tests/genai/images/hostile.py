"""Files that nobody sends by mistake, made here: by name, with the reason to refuse each."""

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def make_picture(width: int = 40, height: int = 30, seed: int = 0) -> Image.Image:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, depth: int = 1, pixels: bytes = b"") -> bytes:
    """Grey, of a size that its pixels need not bear out."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(pixels, 1))
    return PNG_SIGNATURE + head + b"".join(chunks) + body + chunk(b"IEND", b"")


def zip_of(files: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def make_hostile() -> dict[str, tuple[str, bytes]]:
    """Reason and bytes by name."""
    picture = make_picture()
    good = {kind: encoded(picture, kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP")}
    return {
        **_of_other_formats(good),
        **_with_wrong_names(good),
        **_of_wrong_sizes(good),
        **_damaged(good),
        **_disguised(good),
        **_that_blow_up(good),
    }


def _of_other_formats(good: dict[str, bytes]) -> dict[str, tuple[str, bytes]]:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    picture = make_picture()
    return {
        "zeros.png": ("format", bytes(500)),
        "text.png": ("format", b"this is not a picture\n"),
        "page.jpg": ("format", b"<html><script>alert(1)</script></html>"),
        "drawing.svg": ("format", svg),
        "drawing.png": ("format", svg),
        "declared.png": ("format", b'\xef\xbb\xbf <?xml version="1.0"?>' + svg),
        "packed.svgz": ("format", gzip.compress(svg)),
        "entity.svg": ("format", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "a">]>' + svg),
        "document.png": ("format", b"%PDF-1.7\n%%EOF"),
        "program.png": ("format", b"MZ\x90\0" + bytes(200)),
        "program": ("format", b"\x7fELF" + bytes(200)),
        "scan.tif": ("format", encoded(picture, "TIFF")),
        "scan.png": ("format", encoded(picture, "TIFF")),
        "icon.ico": ("format", encoded(picture, "ICO")),
        "vector.eps": ("format", encoded(picture, "EPS")),
        "plain.ppm": ("format", encoded(picture, "PPM")),
        "photo.avif": ("format", b"\0\0\0\x20ftypavif" + bytes(100)),
        "layers.psd": ("format", b"8BPS\0\1" + bytes(100)),
        "sound.webp": ("format", b"RIFF\x24\0\0\0WAVEfmt " + bytes(60)),
        "archive.zip": ("format", zip_of({"a.png": good["PNG"]})),
    }


def _with_wrong_names(good: dict[str, bytes]) -> dict[str, tuple[str, bytes]]:
    return {
        "png.jpg": ("extension", good["PNG"]),
        "jpeg.png": ("extension", good["JPEG"]),
        "gif.webp": ("extension", good["GIF"]),
        "bmp.gif": ("extension", good["BMP"]),
        "webp.bmp": ("extension", good["WEBP"]),
        "shell.php": ("extension", good["GIF"]),
        "shell.png.php": ("extension", good["PNG"]),
        "nameless": ("extension", good["PNG"]),
    }


def _of_wrong_sizes(good: dict[str, bytes]) -> dict[str, tuple[str, bytes]]:
    jpeg = good["JPEG"]
    size_of_jpeg = jpeg.index(b"\xff\xc0") + 5
    lossless = encoded(make_picture(), "WEBP", lossless=True)
    extended = encoded(
        make_picture().convert("RGBA"), "WEBP", icc_profile=b"profile", lossless=True
    )
    assert extended[12:16] == b"VP8X"
    gif = good["GIF"]
    frame = gif.index(b"\x2c", 13 + 768)
    rows = bytes(20_000 // 8 + 1) * 10_000
    return {
        "200-megapixels.png": ("pixels", png(20_000, 10_000, pixels=rows)),
        "200-megapixels.jpg": ("pixels", _jpeg_of_a_colour(16_000, 12_500)),
        "widest.png": ("pixels", png(2**31 - 1, 2**31 - 1)),
        "no-width.png": ("pixels", png(0, 30)),
        "widest.jpg": ("pixels", patched(jpeg, size_of_jpeg, b"\xff\xff\xff\xff")),
        "flat.jpg": ("pixels", patched(jpeg, size_of_jpeg, b"\0\0\0\x28")),
        "screen.gif": ("pixels", patched(gif, 6, b"\xff\xff\xff\xff")),
        "frame.gif": ("pixels", patched(gif, frame + 5, b"\xff\xff\xff\xff")),
        "beside.gif": ("pixels", patched(gif, frame + 1, b"\xff\xff\xff\xff")),
        "canvas.webp": ("pixels", patched(extended, 24, b"\xff\x3f\0\xff\x3f\0")),
        "lossless.webp": ("pixels", patched(lossless, 21, b"\xff\xff\xff\x0f")),
        "lossy.webp": ("pixels", patched(good["WEBP"], 26, b"\xff\x3f\xff\x3f")),
        "wide.bmp": ("pixels", patched(good["BMP"], 18, struct.pack("<ii", 2**31 - 1, 2**31 - 1))),
        "mirrored.bmp": ("pixels", patched(good["BMP"], 18, struct.pack("<ii", -40, 30))),
        "lowest.bmp": ("pixels", patched(good["BMP"], 18, struct.pack("<ii", 40, -(2**31)))),
        "dot.png": ("pixels", encoded(make_picture(1, 1), "PNG")),
        "strip.png": ("pixels", encoded(make_picture(17_000, 8), "PNG")),
    }


def _jpeg_of_a_colour(width: int, height: int) -> bytes:
    """A valid picture whose scan decodes to that many equal pixels, as far as it goes."""
    data = encoded(Image.new("L", (64, 64)), "JPEG")
    return patched(data, data.index(b"\xff\xc0") + 5, struct.pack(">HH", height, width))


def _damaged(good: dict[str, bytes]) -> dict[str, tuple[str, bytes]]:
    halves = {
        f"half.{kind.lower()}": ("damaged", data[: len(data) // 2]) for kind, data in good.items()
    }
    heads = {
        "head.png": PNG_SIGNATURE,
        "head.jpg": b"\xff\xd8\xff\xe0",
        "head.gif": b"GIF89a\x20",
        "head.webp": b"RIFF\x24\0\0\0WEBPVP8 ",
        "head.bmp": b"BM\x24\0",
    }
    whole = good["PNG"]
    data_at = whole.index(b"IDAT") + 4
    return {
        **halves,
        **{name: ("damaged", data) for name, data in heads.items()},
        "chunkless.png": ("damaged", PNG_SIGNATURE + chunk(b"tEXt", b"a\0b") + whole[8:]),
        "checksum.png": ("damaged", patched(whole, 29, b"\0\0\0\0")),
        "pixels.png": ("damaged", patched(whole, data_at, bytes(60))),
        "noise.png": ("damaged", whole[:33] + np.random.default_rng(0).bytes(5000)),
        "noise.jpg": ("damaged", b"\xff\xd8\xff" + np.random.default_rng(1).bytes(5000)),
        "sizeless.jpg": ("damaged", b"\xff\xd8\xff\xda\0\2" + bytes(500)),
        "endless.gif": ("damaged", good["GIF"][:13] + good["GIF"][13:781] + b"\x21\xfe\xff"),
        "imageless.webp": ("damaged", b"RIFF\x24\0\0\0WEBPANIM" + bytes(60)),
        "two-sizes.webp": ("damaged", patched(good["WEBP"], 4, b"\0\0\0\0")),
    }


def _disguised(good: dict[str, bytes]) -> dict[str, tuple[str, bytes]]:
    archive = zip_of({"Evil.class": bytes(50)})
    script = b"<script>alert(document.cookie)</script>"
    whole, jpeg = good["PNG"], good["JPEG"]
    remark = jpeg[:2] + b"\xff\xfe" + struct.pack(">H", 30) + b"<?php system($_GET[0]);     "
    return {
        "archive.png": ("disguised", whole + archive),
        "applet.gif": ("disguised", good["GIF"] + archive),
        "archive.jpg": ("disguised", jpeg + archive),
        "archive.webp": ("disguised", good["WEBP"] + archive),
        "shell.jpg": ("disguised", remark + jpeg[2:]),
        "shell.gif": ("disguised", good["GIF"] + b"<?PHP passthru(0);"),
        "script.png": ("disguised", whole[:33] + chunk(b"tEXt", b"a\0" + script) + whole[33:]),
        "page.gif": ("disguised", good["GIF"] + b"<!DOCTYPE html><body>"),
        "drawing.bmp": ("disguised", good["BMP"] + b"<svg onload=alert(1)>"),
        "document.jpg": (
            "disguised",
            jpeg[:2] + b"\xff\xfe" + struct.pack(">H", 10) + b"%PDF-1.7" + jpeg[2:],
        ),
    }


def _that_blow_up(good: dict[str, bytes]) -> dict[str, tuple[str, bytes]]:
    megabytes = zlib.compress(bytes(50 << 20), 1)
    progressive = encoded(make_picture(1000, 1000), "JPEG", progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    rows = (b"\0" + bytes(5)) * 30
    return {
        "empty.png": ("bytes", b""),
        "padded.png": ("bytes", good["PNG"] + bytes(21 << 20)),
        "text.zlib.png": (
            "damaged",
            png(40, 30, chunk(b"zTXt", b"a\0\0" + megabytes), pixels=rows),
        ),
        "profile.png": ("damaged", png(40, 30, chunk(b"iCCP", b"a\0\0" + megabytes), pixels=rows)),
        "international.png": (
            "damaged",
            png(40, 30, chunk(b"iTXt", b"a\0\1\0\0\0" + megabytes), pixels=rows),
        ),
        "scans.jpg": ("pixels", progressive[:-2] + scan * 3000 + b"\xff\xd9"),
    }
