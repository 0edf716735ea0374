# SPDX-License-Identifier: LGPL-2.1-or-later
"""An image in numpy: copied, blurred, and gone over row by row."""
import sys

import numpy

COUNT = int(sys.argv[1])


@profile
def work():
    image = numpy.ones((3000, 3000))
    copy = image.astype("f4")
    blurred = image[1:] + image[:-1]
    blurred /= 2
    total = 0
    for i in range(3 * COUNT):
        row = blurred[i % 2999]
        total += row[i % 3000]
    small = copy[::2, ::2].copy()
    return image, copy, blurred, small, total


work()
