#!/usr/bin/python3
"""Makes feltbok-scripts-{regular,bold}.ttf from Debian's fonts-noto-core (needs python3-fonttools).

The interface font of the toolkit has Latin, Greek and Cyrillic only, and a theme can name one font a style. So the
other scripts of the people Norway receives are put into one font, which the theme names; Latin then falls back to the
toolkit's own. To add a script, add its Noto font and its ranges below and run this file in assets/fonts.

The line metrics are set to Noto Sans' ascent (1069) and a descent of 431 of 1000: a line is 1.5 text sizes high and
holds Arabic tails and Myanmar stacks without cutting them.
"""
import os
import tempfile

from fontTools import merge, subset, ttLib

NOTO = "/usr/share/fonts/truetype/noto/NotoSans%s-%s.ttf"
SCRIPTS = {
    "Arabic": [(0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFE)],
    "Ethiopic": [(0x1200, 0x139F), (0x2D80, 0x2DDF), (0xAB00, 0xAB2F)],
    "Myanmar": [(0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0x25CC, 0x25CC)],
}
# space, no-break space, joiners and direction marks: needed in every script
COMMON = {0x20, 0xA0, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F}
ASCENT, DESCENT = 1069, -431

for weight in ("Regular", "Bold"):
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for script, ranges in SCRIPTS.items():
            font = ttLib.TTFont(NOTO % (script, weight), recalcTimestamp=False)
            options = subset.Options()
            options.layout_features = ["*"]
            options.hinting = False
            options.glyph_names = False
            subsetter = subset.Subsetter(options)
            subsetter.populate(unicodes=COMMON.union(*(range(a, b + 1) for a, b in ranges)))
            subsetter.subset(font)
            parts.append(os.path.join(folder, script + ".ttf"))
            font.save(parts[-1])
        merged = merge.Merger().merge(parts)
    merged["hhea"].ascent, merged["hhea"].descent, merged["hhea"].lineGap = ASCENT, DESCENT, 0
    os2 = merged["OS/2"]
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ASCENT, DESCENT, 0
    os2.usWinAscent, os2.usWinDescent = ASCENT, -DESCENT
    for record in list(merged["name"].names):
        if record.nameID in (1, 3, 4, 6, 16):
            merged["name"].setName("Feltbok Scripts", record.nameID, record.platformID, record.platEncID, record.langID)
    merged["head"].created = merged["head"].modified = 3692217600  # 2021-01-01: the same input makes the same file
    merged.recalcTimestamp = False
    merged.save("feltbok-scripts-%s.ttf" % weight.lower())
