// SPDX-License-Identifier: Apache-2.0
/* How late something is, by chance. */

#ifndef RIFTGATE_DELAY_H
#define RIFTGATE_DELAY_H

#include <stdint.h>

/* As of l7filters' RandomDelay, whose quantiles these are. */
enum family {
	FIXED,
	UNIFORM,
	NORMAL,
	EXPONENTIAL,
	PARETO,
	LOGNORMAL
};

struct delay {
	enum family family;
	double first, second;
	/* What would be longer is exactly so long. */
	double limit_milliseconds;
};

/* The delay below which a share `chance` (above 0, below 1) of all delays lies. */
double delay_milliseconds(const struct delay *delay, double chance);

/* One of them. */
double delay_draw(const struct delay *delay, uint64_t *random);

/* The next number of a sequence (splitmix64) of which this is the state. */
uint64_t random_next(uint64_t *random);

/* Below `bound`, which is above 0. */
uint64_t random_below(uint64_t *random, uint64_t bound);

#endif
