# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sales in pandas: a table, a selection, sums, and a loop over rows."""
import sys

import numpy
import pandas

COUNT = int(sys.argv[1])


@profile
def work():
    number = numpy.arange(3000000)
    table = pandas.DataFrame({"shop": number % 100, "price": number * 0.25})
    dear = table[table["price"] > 100000]
    sums = table.groupby("shop")["price"].sum().to_dict()
    total = 0
    for i in range(6 * COUNT):
        shop = i % 100
        total += sums[shop]
    return table, dear, total


work()
