// SPDX-License-Identifier: Apache-2.0
#include "delay.h"

#include <math.h>
#include <pthread.h>
#include <sys/random.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* For as many faults at once. */
#define DRAWS 256
/* All delays are so many parts, each of these so many, and so on: see struct draws. With few at first, each draw would tell
 * much about the next. */
static const uint64_t parts_of_a_part[] = { 64, 8, 8 };

/* exp() of more is infinite. */
#define MAX_EXPONENT 700.0

static double polynomial(const double *coefficients, size_t count, double x)
{
	double sum = 0;
	for (size_t each = 0; each < count; each++)
		sum = sum * x + coefficients[each];
	return sum;
}

#define RATIO(above, below, x) (polynomial(above, COUNT(above), x) / polynomial(below, COUNT(below), x))

/* Of mean 0 and deviation 1: M. J. Wichura, Algorithm AS 241, Applied Statistics 37 (1988), 477-484. */
static double normal_quantile(double chance)
{
	static const double middle_above[] = {
		2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
		13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.3871328727963666080,
	};
	static const double middle_below[] = {
		5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867,
		5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0,
	};
	static const double near_above[] = {
		7.74545014278341407640e-4, 0.0227238449892691845833, 0.241780725177450611770,
		1.27045825245236838258,	   3.64784832476320460504,   5.76949722146069140550,
		4.63033784615654529590,	   1.42343711074968357734,
	};
	static const double near_below[] = {
		1.05075007164441684324e-9, 5.475938084995344946e-4,
		0.0151986665636164571966,  0.148103976427480074590,
		0.689767334985100004550,   1.67638483018380384940,
		2.05319162663775882187,	   1.0,
	};
	static const double far_above[] = {
		2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.00124266094738807843860,
		0.0265321895265761230930,  0.296560571828504891230,   1.78482653991729133580,
		5.46378491116411436990,	   6.65790464350110377720,
	};
	static const double far_below[] = {
		2.04426310338993978564e-15, 1.4215117583164458887e-7,
		1.84631831751005468180e-5,  7.868691311456132591e-4,
		0.0148753612908506148525,   0.136929880922735805310,
		0.599832206555887937690,    1.0,
	};
	double from_middle = chance - 0.5;
	if (fabs(from_middle) <= 0.425)
		return from_middle * RATIO(middle_above, middle_below, 0.180625 - from_middle * from_middle);
	double tail = sqrt(-log(from_middle <= 0 ? chance : 1 - chance));
	double found =
		tail <= 5 ? RATIO(near_above, near_below, tail - 1.6) : RATIO(far_above, far_below, tail - 5);
	return from_middle < 0 ? -found : found;
}

static double quantile(const struct delay *delay, double chance)
{
	double first = delay->first, second = delay->second;
	switch (delay->family) {
	case FIXED:
		return first;
	case UNIFORM:
		return first + (second - first) * chance;
	case NORMAL:
		return first + second * normal_quantile(chance);
	case EXPONENTIAL:
		return -first * log1p(-chance);
	case PARETO:
		return first * exp(fmin(-log1p(-chance) / second, MAX_EXPONENT));
	case LOGNORMAL:
		return first * exp(fmin(second * normal_quantile(chance), MAX_EXPONENT));
	}
	return 0;
}

double delay_milliseconds(const struct delay *delay, double chance)
{
	return fmin(fmax(0, quantile(delay, chance)), delay->limit_milliseconds);
}

double delay_draw(const struct delay *delay, struct draws *draws)
{
	return delay_milliseconds(delay, draws_next(draws));
}

static struct draws all_draws[DRAWS];
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

static void seed_all(void)
{
	uint64_t random;
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		random = (uint64_t)(uintptr_t)&random;
	for (size_t each = 0; each < DRAWS; each++)
		all_draws[each].seed = random_next(&random);
}

struct draws *draws_of(const char *id, size_t length)
{
	pthread_once(&seeded, seed_all);
	/* FNV-1a. */
	uint64_t hash = 0xcbf29ce484222325;
	for (size_t each = 0; each < length; each++)
		hash = (hash ^ (unsigned char)id[each]) * 0x100000001b3;
	return &all_draws[hash % DRAWS];
}

/* What stands at this place when 0 to `count` - 1 (64 at most) are in an order that is random, and always the same for
 * one seed and these two numbers. */
static uint64_t in_random_order(uint64_t place, uint64_t count, uint64_t seed, uint64_t first, uint64_t second)
{
	uint64_t random = seed + first;
	random = random_next(&random) + second;
	uint8_t order[64];
	for (uint64_t each = 0; each < count; each++) {
		uint64_t other = random_below(&random, each + 1);
		order[each] = order[other];
		order[other] = (uint8_t)each;
	}
	return order[place];
}

double draws_next(struct draws *draws)
{
	uint64_t number = atomic_fetch_add(&draws->count, 1), part = 0, parts = 1;
	/* Which part of the whole: in a random order. Which part of that, each time that it is its turn: the same. */
	for (size_t level = 0; level < COUNT(parts_of_a_part); level++) {
		uint64_t count = parts_of_a_part[level], turn = number / parts;
		part = part * count + in_random_order(turn % count, count, draws->seed, parts + part, turn / count);
		parts *= count;
	}
	uint64_t random = draws->seed + number;
	random_next(&random);
	/* In the middle of one of 2^52 equal parts: neither 0 nor 1, of which some distributions have no quantile. */
	uint64_t within = (1UL << 52) / parts;
	return ((double)(part * within + random_below(&random, within)) + 0.5) * 0x1p-52;
}

uint64_t random_next(uint64_t *random)
{
	uint64_t mixed = *random += 0x9e3779b97f4a7c15;
	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return mixed ^ mixed >> 31;
}

uint64_t random_below(uint64_t *random, uint64_t bound)
{
	return (uint64_t)((unsigned __int128)random_next(random) * bound >> 64);
}
