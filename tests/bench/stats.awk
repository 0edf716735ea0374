# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Order statistics for the other awk programs here.

function sort_values(values, n,    i, j, t)
{
	for (i = 2; i <= n; i++) {
		t = values[i]
		for (j = i - 1; j >= 1 && values[j] > t; j--)
			values[j + 1] = values[j]
		values[j + 1] = t
	}
}

# Between the two nearest, of sorted values
function quantile(values, n, q,    at, low)
{
	if (n == 0)
		return "-"
	at = 1 + (n - 1) * q
	low = int(at)
	if (low >= n)
		return values[n]
	return values[low] + (at - low) * (values[low + 1] - values[low])
}

# The K for which the K-th smallest and the K-th largest of N values hold the median between them
# with 95 %, or as nearly as N allows.
function median_bound(n,    k, tail, term)
{
	term = 1 / 2 ^ n
	tail = term
	for (k = 1; k <= n / 2; k++) {
		term = term * (n - k + 1) / k
		if (tail + term > 0.025)
			return k
		tail += term
	}
	return 1
}
