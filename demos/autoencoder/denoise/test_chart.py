"""A drawn test chart, for what a denoiser invents."""

from PIL import Image, ImageDraw, ImageFont

# ---- the hallucination test -----------------------------------------------------------------------------------------


def chart(width: int = 640, height: int = 480) -> Image.Image:
    """A drawn resolution chart: a star, bars that grow finer, and text that grows smaller."""
    image = Image.new("RGB", (width, height), (235, 233, 226))
    draw = ImageDraw.Draw(image)
    centre, radius = (150, 150), 130
    box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
    for i in range(36):
        draw.pieslice(box, 10 * i, 10 * i + 5, fill=(25, 25, 30))
    x = 310
    for period in (16, 12, 8, 6, 4, 3, 2):
        for i in range(4):
            left = x + i * period
            draw.rectangle((left, 30, left + period // 2 - 1 + period % 2, 130), fill=(25, 25, 30))
        x += 4 * period + 12
    for i, colour in enumerate([(180, 40, 40), (40, 140, 60), (40, 70, 170), (210, 160, 30)]):
        draw.rectangle((310 + 75 * i, 160, 370 + 75 * i, 280), fill=colour)
        draw.ellipse((325 + 75 * i, 190, 355 + 75 * i, 250), fill=(120, 120, 120))
    y = 300
    for size in (32, 24, 18, 14, 11, 9, 7):
        text = "Nothing is here that was not drawn: 0683 5 S B 8"
        draw.text((20, y), text, (25, 25, 30), font=ImageFont.load_default(size))
        y += size + 6
    return image
