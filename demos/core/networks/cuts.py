"""The names of VGG16's layers at which its activations can be taken, free of torch.

A cut is the output of a ReLU or of a pooling: "relu4_2" is the second convolution of the fourth block, "pool5" the end.
"""

CONVOLUTIONS_PER_BLOCK = (2, 2, 3, 3, 3)


def _cuts() -> tuple[str, ...]:
    names: list[str] = []
    for block, count in enumerate(CONVOLUTIONS_PER_BLOCK, start=1):
        names += [f"relu{block}_{i}" for i in range(1, count + 1)] + [f"pool{block}"]
    return tuple(names)


CUTS = _cuts()
FULLY_CONNECTED_CUTS = ("fc6", "fc7")
