#!/usr/bin/python3
"""Makes feltbok-print-{regular,bold,mono}.ttf from Debian's fonts-noto-core and fonts-noto-mono (needs python3-fonttools).

What the program prints on paper brings its fonts along, so that a sheet looks the same on every printer. These are Noto Sans
and Noto Sans Mono, cut down to Latin with Norwegian and Sámi letters and the signs of running text.
"""
from fontTools import subset, ttLib

FOLDER = "/usr/share/fonts/truetype/noto/"
FONTS = {"regular": "NotoSans-Regular.ttf", "bold": "NotoSans-Bold.ttf", "mono": "NotoSansMono-Bold.ttf"}
LETTERS = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | {0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026}

for style, source in FONTS.items():
    font = ttLib.TTFont(FOLDER + source, recalcTimestamp=False)
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.glyph_names = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    for record in list(font["name"].names):
        if record.nameID in (1, 3, 4, 6, 16):
            font["name"].setName("Feltbok Print " + style.capitalize(), record.nameID, record.platformID, record.platEncID, record.langID)
    font["head"].created = font["head"].modified = 3692217600  # 2021-01-01: the same input makes the same file
    font.save("feltbok-print-%s.ttf" % style)
