// SPDX-License-Identifier: Apache-2.0
/* How late something is, by chance. */

#ifndef RIFTGATE_DELAY_H
#define RIFTGATE_DELAY_H

#include <stdatomic.h>
#include <stddef.h>
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

/* The chances that a fault has drawn, for all workers and connections of the process together.
 *
 * Each is by itself as likely to lie anywhere between 0 and 1 as anywhere else. But of every 64 in a row one lies in each
 * 64th, in a random order, and one of every 512 in each 512th, and so on for 4096: a few hundred have the quantiles of
 * their distribution nearly exactly, where independent ones would have them only nearly. */
struct draws {
	_Atomic uint64_t count;
	uint64_t seed;
};

/* Those of the fault with this id; two faults may share them, which spoils nothing but some of the evenness. */
struct draws *draws_of(const char *id, size_t length);

/* Above 0, below 1. */
double draws_next(struct draws *draws);

/* One of the delays. */
double delay_draw(const struct delay *delay, struct draws *draws);

/* The next number of a sequence (splitmix64) of which this is the state. */
uint64_t random_next(uint64_t *random);

/* Below `bound`, which is above 0. */
uint64_t random_below(uint64_t *random, uint64_t bound);

#endif
